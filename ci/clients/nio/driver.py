"""The driver of matrix-nio: it logs in and syncs, and there is nothing else in it that the proposal speaks of.

nio knows no pushers, writes no account data, and lists devices without what silences them. It evaluates push rules, but
whether anybody is notified, paused or not, it leaves to the application; so none of this is declared.
"""

import asyncio
import json
import sys
from importlib.metadata import version

import nio


class Refused(Exception):
    """An error code of the protocol, and why."""


class Driver:
    def __init__(self):
        self.client = self.syncing = None

    async def initialize(self, protocol, **_):
        if protocol != 1:
            raise Refused(-32602, "this driver speaks version 1 of the protocol")
        # No name of the proposal is built into nio, so that it can be looked for under any.
        return {
            "name": "matrix-nio", "version": version("matrix-nio"), "language": "Python", "dialects": ["*"],
            "capabilities": {},
        }

    async def start(self, homeserver, user_id, device_id, access_token, **_):
        if self.client:
            raise Refused(-32000, "it runs already")
        client = nio.AsyncClient(homeserver.rstrip("/"), config=nio.AsyncClientConfig(encryption_enabled=False))
        client.restore_login(user_id, device_id, access_token)
        synced = await client.sync(timeout=0, full_state=True)
        if isinstance(synced, nio.ErrorResponse):
            await client.close()
            raise Refused(-32000, f"the first sync failed: {synced}")
        self.client, self.syncing = client, asyncio.create_task(client.sync_forever(timeout=5000))
        return {}

    async def stop(self, **_):
        if self.client:
            self.syncing.cancel()
            await asyncio.wait([self.syncing])
            await self.client.close()
        self.client = None
        return {}


async def answer(driver, id, method, params=None, **_):
    try:
        if method not in ("initialize", "start", "stop"):
            raise Refused(-32601, "nio leaves this to the application")
        said = {"result": await getattr(driver, method)(**(params or {}))}
    except TypeError as wrong:  # Python says so of parameters that are missing.
        said = {"error": {"code": -32602, "message": str(wrong)}}
    except Refused as refused:
        said = {"error": {"code": refused.args[0], "message": refused.args[1]}}
    except Exception as failed:
        said = {"error": {"code": -32000, "message": repr(failed)}}
    print(json.dumps({"jsonrpc": "2.0", "id": id} | said), flush=True)


async def main():
    driver, lines = Driver(), asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    # The suite asks one thing at a time, but for what this driver does not answer.
    async for line in lines:
        await answer(driver, **json.loads(line))
    await driver.stop()


asyncio.run(main())
