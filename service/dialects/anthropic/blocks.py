"""The blocks of one answer to deltas, the same for blocks that come whole and for blocks in pieces."""

from service.dialects.anthropic.block_kinds import Block, begun
from service.dialects.anthropic.progress import AnswerTool, Members, Progress
from service.types.chunk import Delta


class Blocks:
    """All blocks of one answer."""

    def __init__(self, answer_tool: AnswerTool | None = None) -> None:
        self.progress = Progress(answer_tool)
        self._open: dict[int, Block] = {}

    def start(self, index: int, block: Members) -> Delta | None:
        """Begins a block with what it has already."""
        self._open[index], first = begun(index, block, self.progress)
        return first

    def add(self, index: int, delta: Members) -> Delta | None:
        """Takes a piece of an open block. Raises LookupError if there is none of that index."""
        block = self._open[index]
        if block.pieces is not None:
            self.progress.keep(index, delta, *block.pieces)
        return block.add(delta)

    def stop(self, index: int) -> Delta | None:
        """Ends a block."""
        block = self._open.pop(index, None)
        return block.close() if block else None

    def stop_all(self) -> list[Delta]:
        """Ends the blocks of an answer that broke off within them."""
        closed = [self.stop(index) for index in list(self._open)]
        return [delta for delta in closed if delta]
