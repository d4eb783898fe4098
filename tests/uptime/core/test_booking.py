"""Minutes by cause: what persons said, what rules propose, and what nobody has a word for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from uptime.core.booking import Booked, booked
from uptime.core.causes import Cause
from uptime.core.claim_outages import Outage

WINDOW = (100, 200)


def outage(began: int, ended: int, cause: str | None, proposed: Cause | None) -> Outage:
    down = ((began, ended),)
    return Outage("c", began, None, ended, None, down, cause=cause, proposed=proposed)


def test_a_proposal_stands_apart_until_a_person_says_so() -> None:
    found = booked(
        [
            outage(90, 110, "Listrik (PLN)", None),
            outage(120, 150, None, Cause.VENDOR),
            outage(150, 151, "power", Cause.VENDOR),
            outage(160, 165, None, None),
            outage(170, 172, "tikus", Cause.POWER),
            outage(300, 400, "power", None),
        ],
        WINDOW,
    )
    assert found == [
        Booked("power", "confirmed", 2, 11),
        Booked("tikus", "confirmed", 1, 2),
        Booked("vendor", "proposed", 1, 30),
        Booked(None, "none", 1, 5),
    ]


SAID = st.sampled_from([None, "power", "Listrik", "ISP", "tikus"])


@given(
    st.lists(
        st.builds(
            lambda began, length, cause, proposed: outage(began, began + length, cause, proposed),
            st.integers(0, 250), st.integers(0, 60), SAID, st.none() | st.sampled_from(Cause),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_the_rows_are_those_of_who_books_every_millisecond(found: list[Outage]) -> None:
    names = {"power": "power", "Listrik": "power", "ISP": "vendor", "tikus": "tikus"}
    cells: dict[tuple[str, str | None], int] = {}
    for each in found:
        for instant in range(each.began, each.ended or 0):
            if instant not in range(*WINDOW):
                continue
            if each.cause is not None:
                key = ("confirmed", names[each.cause])
            elif each.proposed is not None:
                key = ("proposed", each.proposed.value)
            else:
                key = ("none", None)  # type: ignore[assignment]
            cells[key] = cells.get(key, 0) + 1
    assert {(row.standing, row.cause): row.down_ms for row in booked(found, WINDOW)} == cells
