"""A broker as the settings say: limits, memory of the pace, log of the wire, what to do about a lost line."""

from config.settings import Settings
from ib_api.ib_broker import IBBroker
from ib_api.reconnect import Policy
from ib_api.scheduling import Limits
from ib_api.scheduling.memory import path_for


async def open_broker(
    settings: Settings, host: str, port: int, client_id: int, *, lasting: bool, attempts: int
) -> IBBroker:
    """Connect; raise what `IBBroker.open` raises.

    `lasting` is false for a gateway that ends with this program, and counts nothing any more then; `attempts`
    are those to connect anew, 0 for no limit.
    """
    return await IBBroker.open(
        host,
        port,
        client_id,
        account=settings.account,
        timeout=settings.timeout,
        limits=Limits.of(settings.market_data_lines),
        memory=path_for(settings.data_dir, host, port, client_id) if lasting else None,
        wire_log=settings.wire_log,
        policy=Policy(attempts, settings.client_id_in_use),
    )
