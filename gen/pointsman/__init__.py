"""Generated client and server code of the Pointsman APIs."""
