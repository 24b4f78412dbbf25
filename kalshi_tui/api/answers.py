"""What the exchange's answers to our commands change.

Owns the reading of `subscribed`, `ok`, `unsubscribed`, `error` and of the `list_subscriptions`
reply: the map of subscriptions follows the exchange, never the other way round. Sends nothing by
itself: `api.reconciler` does, once the map is right.
Source: reliability TS01 to TS16; asyncapi.yaml error codes.
"""

from kalshi_tui.api import frames
from kalshi_tui.api.books import Books
from kalshi_tui.api.reconciler import ACK_NS, Reconciler
from kalshi_tui.api.subscription import (
    Channel,
    CommandKind,
    Pending,
    Subscription,
    SubscriptionState,
)
from kalshi_tui.core.text import clean_title

_CHANNEL_ERROR, _OVERFLOW = 10, 25
_UNKNOWN_SID, _TIMEOUT, _MARKET_LIMIT, _TOO_MANY = 7, 18, 26, 27
_MUTE = 2
"""Answers lost in a row, with nothing else of the sid, after which it is given up."""

_OPENING, _CLOSING = SubscriptionState.OPENING, SubscriptionState.CLOSING


class Answers:
    """Reads answers into the subscriptions of the current connection."""

    def __init__(self, subs: Reconciler, books: Books) -> None:
        self._subs = subs
        self._books = books

    def subscribed(self, frame: frames.Subscribed, now: int) -> Subscription | None:
        """Bind a granted sid. Returns its subscription, or None where nobody waits for it."""
        sub = self._subs.waiting_for(frame.id)
        if sub is None and frame.msg.sid in self._subs.by_sid:
            # Said twice: to give this one back would end what we hold.
            return None
        if sub is None or sub.channel.value != frame.msg.channel:
            self._subs.end_orphan(frame.msg.sid)
            return None
        self._subs.bind(sub, frame.msg.sid, None, now)
        return sub

    def ok(self, frame: frames.Ok, sub: Subscription | None, now: int) -> Subscription | None:
        """Take an acknowledgement. Returns the subscription where this one bound its sid."""
        waiting = self._subs.waiting_for(frame.id)
        if isinstance(frame.msg, list):
            if waiting is not None:
                self._listed(waiting, frame.msg, now)
            return None
        held = frame.msg.market_tickers if frame.msg is not None else None
        if sub is None and frame.sid and waiting is not None and waiting.state is _OPENING:
            # The channel was live already and the exchange merged the two.
            self._subs.bind(waiting, frame.sid, held, now)
            return waiting
        if sub is not None:
            self._settle(sub, sub.pending if waiting is sub else None, held, now)
        return None

    def _settle(
        self, sub: Subscription, done: Pending | None, held: list[str] | None, now: int
    ) -> None:
        """Take what an `ok` says about the markets of its sid."""
        before = set(sub.held)
        if held is not None:
            sub.held = set(held)
        elif done is not None:
            changed = set(done.tickers)
            is_add = done.kind is CommandKind.ADD
            sub.held = before | changed if is_add else before - changed
        if done is not None:
            sub.pending = None
        self._subs.is_dirty = True
        if sub.channel is not Channel.BOOKS:
            return
        gone = before - sub.held - set(done.tickers if done else ())
        for book in self._books.named(gone):
            self._subs.doubt(book, "The exchange took the market off the subscription.")
        if done is not None and done.kind is CommandKind.ADD:
            missing = [ticker for ticker in done.tickers if ticker not in sub.held]
            self._subs.bar(sub, missing, "The exchange did not add the market.", now)
        self._subs.arm_first(sub, now)

    def unsubscribed(self, sub: Subscription | None) -> None:
        """The subscription is over; where it is still wanted it is opened anew."""
        if sub is None:
            return
        self._subs.by_sid.pop(sub.sid, None)
        if sub.pending is None or sub.pending.kind is not CommandKind.UNSUBSCRIBE:
            self._subs.doubt_all(sub, "The exchange ended the subscription.")
        sub.close()
        self._subs.is_dirty = True

    def refused(self, frame: frames.ErrorFrame, sub: Subscription | None, now: int) -> None:
        """Take an error frame: the end of a subscription, or a command that was not carried out."""
        code = frame.msg.code
        reason = f"The exchange says {clean_title(frame.msg.msg)!r} (code {code})."
        if sub is not None and code in (_CHANNEL_ERROR, _OVERFLOW):
            self._subs.lost(sub, reason, now)
            return
        waiting = self._subs.waiting_for(frame.id)
        if waiting is not None and waiting.pending is not None:
            self._refuse(waiting, waiting.pending, code, reason, now)
            return
        for book in list(self._books):
            if frame.id and book.request_id == frame.id:
                self._subs.climb(book, reason, now)

    def _refuse(
        self, sub: Subscription, pending: Pending, code: int, reason: str, now: int
    ) -> None:
        sub.pending = None
        self._subs.is_dirty = True
        if code in (_TIMEOUT, _UNKNOWN_SID) and pending.kind is not CommandKind.LIST:
            self._subs.look_up(sub, pending, now)
        elif code == _TOO_MANY or pending.kind in (CommandKind.UNSUBSCRIBE, CommandKind.LIST):
            self._subs.pause(sub, now)
            if pending.lost is CommandKind.DELETE:
                # Perhaps carried out: a market that may have left has to be added again.
                sub.held -= set(pending.tickers)
            if sub.state in (_OPENING, _CLOSING):
                is_bound = sub.sid != 0
                sub.state = SubscriptionState.OPEN if is_bound else SubscriptionState.ABSENT
        elif pending.kind is CommandKind.SUBSCRIBE:
            sub.close()
            sub.refusal = reason
            self._subs.degrade_all(sub, reason, now)
        elif sub.channel is Channel.BOOKS or code == _MARKET_LIMIT:
            self._subs.bar(sub, pending.tickers, reason, now)
        else:
            # A channel whose markets cannot be changed is opened anew with the right ones.
            sub.recycle = True
            self._subs.pause(sub, now)

    def _listed(self, sub: Subscription, granted: list[frames.Granted], now: int) -> None:
        """Compare with the answer to `list_subscriptions`; our own map gives way."""
        pending, sub.pending = sub.pending, None
        self._subs.is_dirty = True
        lost = pending.lost if pending is not None else None
        sids = [each.sid for each in granted if each.channel == sub.channel.value]
        if lost is CommandKind.SUBSCRIBE:
            if sids:
                sub.pending = pending
                self._subs.bind(sub, sids[0], None, now)
            else:
                sub.close()
        elif sub.sid not in sids:
            if lost is CommandKind.UNSUBSCRIBE:
                self.unsubscribed(sub)
            else:
                self._subs.lost(sub, "The exchange no longer knows the subscription.", now)
        elif pending is not None and lost in (CommandKind.ADD, CommandKind.DELETE):
            self._repeat(sub, lost, pending, now)
        elif sub.state is _CLOSING:
            sub.state = SubscriptionState.OPEN
            sub.recycle = True

    def _repeat(self, sub: Subscription, lost: CommandKind, pending: Pending, now: int) -> None:
        """Ask again, carried out or not, for the list of markets in the `ok`.

        Where nothing of the subscription comes, twice, what is sent on it is being held back: only
        another connection helps.
        """
        asked_ns = pending.deadline_ns - 2 * ACK_NS
        sub.mute = sub.mute + 1 if (sub.heard_ns or 0) <= asked_ns else 0
        if sub.mute >= _MUTE:
            self._subs.ask_reconnect("A subscription gives nothing, not even answers.")
        else:
            self._subs.change(sub, lost, pending.tickers, now)
