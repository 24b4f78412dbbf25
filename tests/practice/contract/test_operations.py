"""Every REST operation of the practice exchange answers as the published specification says.

Each scenario below is a client's afternoon; every answer in it is validated (required fields,
types, enums, no unknown field, decimals of prices and counts). The table of operations and status
codes is printed by `pytest -s -k table`.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.practice.contract import scenarios
from tests.practice.contract.client import ContractClient
from tests.support.contract import OPENAPI, Record, load
from tests.support.practice_bench import bench

Scenario = Callable[[ContractClient], Awaitable[None]]

WANTED = {
    "GetExchangeStatus": {200},
    "GetExchangeSchedule": {200},
    "GetUserDataTimestamp": {200},
    "GetSeriesList": {200, 400},
    "GetSeries": {200, 404},
    "GetSeriesFeeChanges": {200, 400},
    "GetEvents": {200, 400},
    "GetEvent": {200, 404},
    "GetEventMetadata": {200, 404},
    "GetEventFeeChanges": {200, 400},
    "GetMarkets": {200, 400},
    "GetMarket": {200, 404},
    "GetMarketOrderbook": {200, 400, 404},
    "GetMarketOrderbooks": {200, 400},
    "GetTrades": {200, 400},
    "GetMarketCandlesticks": {200, 400, 404},
    "BatchGetMarketCandlesticks": {200, 400},
    "GetMarketCandlesticksByEvent": {200, 400, 404},
    "GetBalance": {200, 400, 401, 429},
    "GetPositions": {200, 400, 401},
    "GetOrders": {200, 400, 401},
    "GetOrder": {200, 401, 404},
    "GetFills": {200, 400, 401},
    "GetSettlements": {200, 400, 401},
    "GetDeposits": {200, 400, 401},
    "GetWithdrawals": {200, 400, 401},
    "IntraExchangeInstanceTransfer": {200, 400, 401, 403, 409},
    "GetIntraExchangeInstanceTransfers": {200, 400, 401},
    "GetIntraExchangeInstanceTransfer": {200, 401, 404},
    "GetTargetBalanceAllocation": {200, 401},
    "SetTargetBalanceAllocation": {200, 400, 401},
    "GetOrderQueuePositions": {200, 400, 401},
    "GetOrderQueuePosition": {200, 401, 404},
    "CreateOrderV2": {201, 400, 401, 404, 409, 429},
    "AmendOrderV2": {200, 400, 401, 404, 409, 429},
    "DecreaseOrderV2": {200, 400, 401, 404, 429},
    "CancelOrderV2": {200, 400, 401, 404, 409, 429},
    "BatchCreateOrdersV2": {201, 400, 401, 429},
    "BatchCancelOrdersV2": {200, 400, 401, 429},
    "CancelAllOrders": {204, 400, 401, 409, 429},
    "CreateOrderGroup": {201, 400, 401, 429},
    "GetOrderGroups": {200, 400, 401},
    "GetOrderGroup": {200, 401, 404},
    "ResetOrderGroup": {200, 400, 401, 404},
    "TriggerOrderGroup": {200, 400, 401, 404},
    "UpdateOrderGroupLimit": {200, 400, 401, 404},
    "DeleteOrderGroup": {200, 401, 404},
    "GetAccountApiLimits": {200, 401, 429},
    "GetAccountEndpointCosts": {200},
    "GetApiKeys": {200, 401},
    "GetHistoricalCutoff": {200},
    "GetHistoricalMarkets": {200, 400},
    "GetHistoricalMarket": {200, 404},
    "GetMarketCandlesticksHistorical": {200, 400, 404},
    "GetFillsHistorical": {200, 400, 401},
    "GetHistoricalOrders": {200, 400, 401},
    "GetTradesHistorical": {200, 400},
    "GetHistoricalPositions": {200, 400, 401},
    "GetTagsForSeriesCategories": {200},
}
"""The operations that a trader's client touches, and what each must be seen to answer."""


@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda each: each.__name__)
async def test_every_answer_is_what_the_specification_says(
    scenario: Scenario, tmp_path: Path
) -> None:
    # Where the specification is absent the scenario's own expectations still hold.
    record = Record() if OPENAPI.exists() else None
    await scenario(ContractClient(bench(tmp_path), record))


async def test_the_table_of_operations_and_status_codes_is_complete(tmp_path: Path) -> None:
    load(OPENAPI)
    record = Record()
    for number, scenario in enumerate(scenarios.ALL):
        directory = tmp_path / str(number)
        directory.mkdir()
        await scenario(ContractClient(bench(directory), record))
    print(f"\n{record.table()}")  # noqa: T201
    missing = {
        name: sorted(wanted - {status for seen, status in record.seen if seen == name})
        for name, wanted in WANTED.items()
    }
    assert {name: codes for name, codes in missing.items() if codes} == {}
