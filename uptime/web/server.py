"""uvicorn inside the daemon: on sockets that were bound before, without a hand on signals.

Its servers are started and stopped piece by piece, never through `serve()`, which would take
SIGTERM for itself and wake up ten times a second.

Three servers, so that a flood on one listener leaves the others room; the applications behind
are two, because what is public is not decided per request.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from uptime.web.listen import BACKLOG, CannotBind, Sockets, bind
from uptime.web.services import Services

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

__all__ = ["CannotBind", "Server", "Sockets", "bind"]

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 10


class Server:
    """The web of one daemon. Construction imports what is heavy: do it beside the loop."""

    def __init__(self, services: Services, sockets: Sockets) -> None:
        from uptime.web.app import create_app

        # Bad requests of strangers are no warnings of ours.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._board = services.board
        main = create_app(services)
        self._servers: list[tuple[uvicorn.Server, Sequence[socket.socket]]] = [
            (_uvicorn(main), sockets.unix),
            (_uvicorn(main), sockets.tcp),
        ]
        if sockets.public:
            public = create_app(services, public=True)
            self._servers.append((_uvicorn(public), sockets.public))
        self._started = asyncio.Event()
        self._stop = asyncio.Event()
        self._stopped = asyncio.Event()
        self._within = 0.0

    async def serve(self) -> None:
        """Until `stop()`."""
        try:
            for server, sockets in self._servers:
                server.config.load()
                server.lifespan = server.config.lifespan_class(server.config)
                await server.startup(sockets=list(sockets))
            self._started.set()
            await self._stop.wait()
        finally:
            await self._shutdown()
            self._stopped.set()

    async def started(self) -> None:
        """Returns when connections are answered."""
        await self._started.wait()

    async def stop(self, within: float) -> None:
        """No new connections; answers under way may end within so many seconds."""
        self._within = within
        self._stop.set()
        await self._stopped.wait()

    async def _shutdown(self) -> None:
        for server, _ in self._servers:
            for listener in getattr(server, "servers", ()):
                listener.close()
            for connection in list(server.server_state.connections):
                connection.shutdown()
        self._board.touch_monitor()  # whoever waits for news is answered and let go
        tasks = {task for server, _ in self._servers for task in server.server_state.tasks}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._within)
            for task in late:
                task.cancel()
            if late:
                log.warning("%d answers were cut short", len(late))
                await asyncio.wait(late, timeout=1)
        for server, _ in self._servers:
            for connection in list(server.server_state.connections):
                connection.transport.abort()


def _uvicorn(app: ASGIApp) -> uvicorn.Server:
    import uvicorn

    from uptime.web.protocol import Connection

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # an address in a header is a claim
            server_header=False,
            date_header=False,  # the gate's, so that nothing has to tick here
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
    )
