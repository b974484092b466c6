"""The demo provider: a vendor inside the process, for trying routing and clients without any key."""

from service.upstream.demo.transport import DemoTransport

__all__ = ["DemoTransport"]
