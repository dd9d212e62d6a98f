"""Occlusion: take a column, or a block of pixels, away, and see what it does to the score."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.inspect.attribute.asking import Asking
from pellucid.inspect.attribute.found import Found
from pellucid.inspect.attribute.players import players, worth


def occlusion(
    asking: Asking, *, patch: int | Sequence[int] | None = None,
    stride: int | Sequence[int] | None = None,
) -> Found:  # fmt: skip
    """The score less the score without each column, or block of pixels, in turn.

    Formula: a_i = F(x) - F(x with i as in the baseline); of pictures for each block, spread evenly
        over its pixels; where blocks overlap, the mean. The mean over baselines.
    It adds up to F(x) - F(b) where no two columns act together.
    Parameters:
        patch, stride: of pictures, the rows and columns of a block, and the way to the next.
    Source: M. Zeiler, R. Fergus, 2014, doi:10.1007/978-3-319-10590-1_53; there each pixel gets all
        of its block's.
    """
    team = players(asking.question, patch, stride)
    without = worth(asking, len(team), lambda piece: ~team.members[piece])
    lost = asking.start_score - without
    picture = asking.question.picture is not None
    return Found(team.spread(lost), notes=(f"{len(team)} blocks of pixels",) if picture else ())
