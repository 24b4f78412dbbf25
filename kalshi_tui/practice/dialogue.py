"""A client's commands on the WebSocket, and the answers they get.

Sans-IO: one text frame in, answers queued on the client. A frame that makes no sense is answered by
an error frame with one of the published codes and changes nothing.
Source: asyncapi.yaml commands and error codes; recorded traffic: a second subscribe to a channel
merges into its sid and is answered by a numbered `ok`; snapshots come for the new markets only.
"""

from collections.abc import Callable

import msgspec

from kalshi_tui.practice import frames
from kalshi_tui.practice.faults import Target
from kalshi_tui.practice.feeds import FEEDS, update
from kalshi_tui.practice.frames import Command, Params
from kalshi_tui.practice.hub import Hub
from kalshi_tui.practice.subscriptions import CHANNELS, UNFILTERED, Client, Subscription

_NS_PER_S = 1_000_000_000
_MOST_SHARDS = 100

_COMMAND = msgspec.json.Decoder(Command)
_PARAMS = msgspec.json.Decoder(Params)


class CommandError(Exception):
    """A command that cannot be done. `code` is one of `frames.ERRORS`.

    `about` is the subscription that the error belongs to, if it belongs to one.
    """

    def __init__(self, code: int, about: Subscription | None = None) -> None:
        super().__init__(frames.ERRORS[code])
        self.code = code
        self.about = about


class Dialogue:
    """Reads the commands of one client."""

    def __init__(self, hub: Hub, client: Client) -> None:
        self._hub = hub
        self._client = client
        self._readers: dict[str, Callable[[int | None, Params, int], None]] = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "update_subscription": self._update,
        }
        self._second = 0
        self._commands = 0

    def receive(self, data: str | bytes, now_ns: int) -> None:
        """Do what one frame asks, or answer why not."""
        command_id: int | None = None
        try:
            command = _decode(data)
            command_id = command.id
            self._count(now_ns)
            self._do(command, now_ns)
        except CommandError as error:
            if error.about is not None:
                self._client.fail(error.about, error.code, now_ns, command_id)
                return
            failure = frames.Failure(error.code, frames.ERRORS[error.code])
            self._client.say("error", command_id, failure, now_ns)

    def _count(self, now_ns: int) -> None:
        """Refuse commands beyond what one connection may send in a second."""
        second = now_ns // _NS_PER_S
        if second != self._second:
            self._second, self._commands = second, 0
        self._commands += 1
        if self._commands > self._hub.limits.commands:
            raise CommandError(27)

    def _do(self, command: Command, now_ns: int) -> None:
        if command.cmd == "list_subscriptions":
            listed = [
                frames.Subscribed(each.channel, each.sid) for each in self._client.by_sid.values()
            ]
            self._client.say("ok", command.id, listed, now_ns)
            return
        reader = self._readers.get(command.cmd or "")
        if reader is None:
            raise CommandError(5)
        if bytes(command.params) == b"null":
            raise CommandError(2)
        try:
            params = _PARAMS.decode(command.params)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise CommandError(11) from None
        reader(command.id, params, now_ns)

    def _subscribe(self, command_id: int | None, params: Params, now_ns: int) -> None:
        if not params.channels:
            raise CommandError(3)
        if any(each not in CHANNELS for each in params.channels):
            raise CommandError(8)
        _check_sharding(params)
        tickers = self._named_markets(params, params.channels == ["ticker"])
        if tickers is None and "orderbook_delta" in params.channels:
            raise CommandError(14)
        if len(tickers or ()) > self._hub.limits.markets:
            raise CommandError(26)
        asked: list[tuple[Subscription, list[str]]] = []
        for channel in dict.fromkeys(params.channels):
            subscription = self._merged(channel, now_ns)
            if subscription is None:
                subscription, new = self._open(channel, tickers, params)
                opened = frames.Subscribed(channel, subscription.sid)
                self._client.say("subscribed", command_id, opened, now_ns)
            else:
                new = self._add(subscription, tickers)
                self._acknowledge(subscription, command_id, now_ns)
            asked.append((subscription, new))
        for subscription, new in asked:
            self._send_first(subscription, new, params.send_initial_snapshot, now_ns)

    def _merged(self, channel: str, now_ns: int) -> Subscription | None:
        """Return the subscription that a second subscribe goes into.

        With the switch `second_sid` there is none: the other reading of a point that is not
        documented.
        """
        subscription = self._client.by_channel.get(channel)
        target = Target(channel=channel, account=self._client.account_id)
        if subscription and self._hub.faults.ask("second_sid", target, now_ns):
            return None
        return subscription

    def _open(
        self, channel: str, tickers: list[str] | None, params: Params
    ) -> tuple[Subscription, list[str]]:
        subscription = self._client.open(channel)
        # Some channels know no filter and tell of everything (asyncapi.yaml).
        if channel in FEEDS:
            tickers = params.index_ids or params.underlying_tickers or []
        new = subscription.add(None if channel in UNFILTERED else tickers)
        subscription.yes_price = params.use_yes_price
        subscription.quiet = params.skip_ticker_ack
        self._hub.listen(subscription)
        return subscription, new

    def _add(self, subscription: Subscription, tickers: list[str] | None) -> list[str]:
        """Take more markets in, as many as one subscription may have."""
        have = subscription.markets or {}
        more = sum(each not in have for each in tickers or ())
        if len(have) + more > self._hub.limits.markets:
            raise CommandError(26, subscription)
        return subscription.add(tickers)

    def _send_first(
        self, subscription: Subscription, tickers: list[str], initial: bool, now_ns: int
    ) -> None:
        for ticker in tickers:
            listed = self._hub.markets.get(ticker)
            if listed is None:
                continue  # an unknown market subscribes cleanly and stays silent, as observed
            if subscription.channel == "orderbook_delta":
                self._hub.send_book(subscription, listed, now_ns)
            elif subscription.channel == "ticker" and initial:
                self._hub.send_ticker(subscription, listed, now_ns)

    def _unsubscribe(self, command_id: int | None, params: Params, now_ns: int) -> None:
        if not params.sids:
            raise CommandError(4)
        found = [self._client.by_sid.get(sid) for sid in params.sids]
        known = [each for each in found if each is not None]
        if len(known) != len(found):
            raise CommandError(7)
        for subscription in dict.fromkeys(known):
            self._client.drop(subscription)
            self._hub.unlisten(subscription)
            self._client.acknowledge(subscription, "unsubscribed", command_id, None, now_ns)

    def _update(self, command_id: int | None, params: Params, now_ns: int) -> None:
        subscription = self._chosen(params)
        if params.action is None:
            raise CommandError(15)
        if params.action not in ("add_markets", "delete_markets", "get_snapshot"):
            self._update_feed(subscription, command_id, params, now_ns)
            return
        tickers = self._named_markets(params, subscription.channel == "ticker")
        if tickers is None:
            raise CommandError(14)
        if params.action == "get_snapshot":
            self._get_snapshot(subscription, command_id, params, now_ns)
            return
        if subscription.channel in UNFILTERED:
            raise CommandError(13)
        new: list[str] = []
        if params.action == "add_markets":
            new = self._add(subscription, tickers)
        else:
            subscription.remove(tickers)
        self._acknowledge(subscription, command_id, now_ns)
        self._send_first(subscription, new, params.send_initial_snapshot, now_ns)

    def _update_feed(
        self, subscription: Subscription, command_id: int | None, params: Params, now_ns: int
    ) -> None:
        found = update(subscription, params)
        if found.code:
            raise CommandError(found.code)
        self._client.acknowledge(subscription, found.kind, command_id, found.message, now_ns)

    def _get_snapshot(
        self, subscription: Subscription, command_id: int | None, params: Params, now_ns: int
    ) -> None:
        if subscription.channel != "orderbook_delta":
            raise CommandError(13)
        if params.market_tickers is None:
            raise CommandError(14)  # the only parameter that this action takes
        listed = [self._hub.markets.get(each) for each in params.market_tickers]
        if None in listed:
            raise CommandError(11)
        for each in listed:
            if each is not None:
                self._hub.send_book(subscription, each, now_ns, command_id)

    def _chosen(self, params: Params) -> Subscription:
        sids = list(params.sids or [])
        if params.sid is not None:
            sids.append(params.sid)
        if len(sids) != 1:
            raise CommandError(12)
        subscription = self._client.by_sid.get(sids[0])
        if subscription is None:
            raise CommandError(7)
        return subscription

    def _named_markets(self, params: Params, by_id: bool) -> list[str] | None:
        """Return the tickers that a command names, or None; UUIDs only on the ticker channel."""
        given = (params.market_ticker, params.market_tickers, params.market_id, params.market_ids)
        if sum(each is not None for each in given) > 1:
            raise CommandError(11)
        ids = [params.market_id] if params.market_id else params.market_ids
        if ids:
            if not by_id:
                raise CommandError(11)
            return self._hub.tickers_of(ids)
        tickers = [params.market_ticker] if params.market_ticker else params.market_tickers
        return list(dict.fromkeys(tickers)) if tickers else None

    def _acknowledge(self, subscription: Subscription, command_id: int | None, now_ns: int) -> None:
        message = None
        if not subscription.quiet:
            message = frames.Tickers(list(subscription.markets or ()))
            if subscription.channel == "ticker":
                message.market_ids = self._hub.ids_of(message.market_tickers)
        self._client.acknowledge(subscription, "ok", command_id, message, now_ns)


def _check_sharding(params: Params) -> None:
    """Check the two parameters of the communications channel. Raises `CommandError`."""
    factor, key = params.shard_factor, params.shard_key
    if factor is None:
        if key is not None:
            raise CommandError(20)
        return
    if factor <= 0:
        raise CommandError(19)
    if factor > _MOST_SHARDS:
        raise CommandError(22)
    if key is not None and not 0 <= key < factor:
        raise CommandError(21)


def _decode(data: str | bytes) -> Command:
    try:
        return _COMMAND.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CommandError(1) from None
