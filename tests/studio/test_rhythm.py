"""The rhythm of views: within the share, even, and no slower than need be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.studio.rhythm import rhythm

VIEWS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.floats(0, 2), st.sampled_from([1 / 30, 0.1, 0.3])),
    min_size=1,
)


@given(VIEWS)
def test_all_together_take_the_share_at_most(views: dict[str, tuple[float, float]]) -> None:
    costs = {name: cost for name, (cost, _) in views.items()}
    every = {name: seconds for name, (_, seconds) in views.items()}
    found = rhythm(costs, every, 0.1)
    taken = {name: costs[name] / found[name] for name in views}
    assert sum(taken.values()) <= 0.1 * (1 + 1e-9)
    slowed = [taken[name] for name in views if found[name] > every[name]]
    assert all(found[name] >= every[name] for name in views)
    if slowed:  # then the whole share is used, and none that is slowed gets more than another
        assert sum(taken.values()) == pytest.approx(0.1)
        assert max(slowed) == pytest.approx(min(slowed))
        assert max(taken.values()) == pytest.approx(max(slowed))


def test_a_slow_view_slows_down_itself_alone() -> None:
    found = rhythm({"network": 0.001, "slow": 0.5}, {"network": 1 / 30, "slow": 0.1}, 0.1)
    assert found == {"network": 1 / 30, "slow": pytest.approx(0.5 / 0.07)}
