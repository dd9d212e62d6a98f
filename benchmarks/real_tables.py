"""Real tables that Python packages carry: which, what is asked of each, and why it is here.

The rule, set before anything was measured: of the packages named below tables of rows that stand
for themselves (no series in time or space), with 60 rows or more and one target that the package's
own documentation or the table's source asks for. Left out by it: scikit-learn's linnerud (20 rows);
of statsmodels the series, those of 16 to 51 rows, and heart (survival times, most of them
censored); of vega_datasets, Plotly and plotnine the series and tables made for a chart.

Nothing is downloaded: ``pip install vega_datasets statsmodels plotnine`` brings the files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Job = Literal["classes", "numbers"]


@dataclass(frozen=True)
class Given:
    """A table as it is learned: a data frame as it came, the target beside it.

    Attributes:
        groups: which rows belong together and are never divided; None where each stands for itself.
    """

    x: pd.DataFrame
    y: np.ndarray[Any, Any]
    groups: np.ndarray[Any, Any] | None = None


@dataclass(frozen=True)
class RealTable:
    """One table.

    Attributes:
        source: the package that carries it.
        target: the column to predict.
        why: what it adds to the others.
        read: gives the data frame, target included.
        drop: columns that say the target in other words, or that nobody would have.
        group: a column that tells which rows belong together; it is not learned from.
    """

    name: str
    source: str
    job: Job
    target: str
    why: str
    read: Callable[[], pd.DataFrame]
    drop: tuple[str, ...] = ()
    group: str | None = None

    def load(self) -> Given:
        """Read it; rows without a target are left out."""
        frame = self.read()
        frame = frame[frame[self.target].notna()].reset_index(drop=True)
        y = frame[self.target]
        own = [self.target, *self.drop, *([self.group] if self.group else [])]
        target = y.to_numpy(np.float64) if self.job == "numbers" else y.astype(str).to_numpy(str)
        groups = frame[self.group].to_numpy() if self.group else None
        return Given(frame.drop(columns=own), target, groups)


def inside(package: str, path: str) -> Path:
    """The path of a file in a package; the package itself is not imported."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{path} lies in the package {package}: pip install {package}")
    return Path(found.submodule_search_locations[0]) / path


def packaged(
    package: str, path: str, separator: str = ",", quote: str = '"'
) -> Callable[[], pd.DataFrame]:
    """What reads a CSV file of a package."""

    def read() -> pd.DataFrame:
        import pandas as pd

        return pd.read_csv(inside(package, path), sep=separator, quotechar=quote)

    return read


def statsmodels(name: str, separator: str = ",", quote: str = '"') -> Callable[[], pd.DataFrame]:
    """What reads a data set of statsmodels."""
    return packaged("statsmodels", f"datasets/{name}/{name}.csv", separator, quote)


def sklearn(name: str) -> Callable[[], pd.DataFrame]:
    """What reads a data set of scikit-learn."""

    def read() -> pd.DataFrame:
        import sklearn.datasets

        frame: pd.DataFrame = getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame
        return frame

    return read


def star98() -> pd.DataFrame:
    """Californian school districts, with the share of pupils above the national median."""
    frame = statsmodels("star98")()
    return frame.assign(share=frame["PR50M"] / frame["MATHTOT"])


def weather() -> pd.DataFrame:
    """Seattle's weather, its dates as dates."""
    import pandas as pd

    frame = packaged("vega_datasets", "_data/seattle-weather.csv")()
    return frame.assign(date=pd.to_datetime(frame["date"]))


def cars() -> pd.DataFrame:
    """Cars of 1970 to 1982, from a file of JSON records."""
    import pandas as pd

    frame = pd.read_json(inside("vega_datasets", "_data/cars.json"))
    return frame.assign(Year=pd.to_datetime(frame["Year"]))


def barley() -> pd.DataFrame:
    """Yields of barley, from a file of JSON records."""
    import pandas as pd

    return pd.read_json(inside("vega_datasets", "_data/barley.json"))


def plotly(name: str) -> Callable[[], pd.DataFrame]:
    """What reads a data set of Plotly."""
    return packaged("plotly", f"package_data/datasets/{name}.csv.gz")


def plotnine(name: str) -> Callable[[], pd.DataFrame]:
    """What reads a data set of plotnine."""
    return packaged("plotnine", f"data/{name}.csv")


TABLES = (
    RealTable("iris", "scikit-learn", "classes", "target", "the classic; 150 rows", sklearn("iris")),
    RealTable("wine", "scikit-learn", "classes", "target", "numbers of very different size", sklearn("wine")),
    RealTable("breast cancer", "scikit-learn", "classes", "target", "30 numbers that go together", sklearn("breast_cancer")),
    RealTable("digits", "scikit-learn", "classes", "target", "64 pixels, 10 classes", sklearn("digits")),
    RealTable("diabetes", "scikit-learn", "numbers", "target", "noisy numbers, 442 rows", sklearn("diabetes")),
    RealTable("cars", "vega_datasets", "numbers", "Miles_per_Gallon", "a date, categories, names, missing values", cars),
    RealTable("weather", "vega_datasets", "classes", "weather", "dates whose season counts; rare classes", weather),
    RealTable("barley", "vega_datasets", "numbers", "yield", "categories only, 120 rows", barley),
    RealTable("anes96", "statsmodels", "classes", "PID", "a poll: seven classes in an order, much noise", statsmodels("anes96", "\t", "'")),
    RealTable("fair", "statsmodels", "numbers", "affairs", "a poll: mostly 0, a long tail", statsmodels("fair")),
    RealTable("randhie", "statsmodels", "numbers", "mdvis", "20,190 rows: counts, very much noise", statsmodels("randhie")),
    RealTable("star98", "statsmodels", "numbers", "share", "303 districts, products of columns among them", star98, ("PR50M", "MATHTOT")),
    RealTable("modechoice", "statsmodels", "classes", "choice", "four rows a traveller, kept together", statsmodels("modechoice", ";"), group="individual"),
    RealTable("ccard", "statsmodels", "numbers", "AVGEXP", "72 rows, much noise", statsmodels("ccard")),
    RealTable("strikes", "statsmodels", "numbers", "duration", "62 rows, one column, next to no signal", statsmodels("strikes")),
    RealTable("cancer", "statsmodels", "numbers", "cancer", "one column, a straight line, a few giants", statsmodels("cancer")),
    RealTable("engel", "statsmodels", "numbers", "foodexp", "one column, a straight line, a fan of errors", statsmodels("engel")),
    RealTable("grunfeld", "statsmodels", "numbers", "invest", "firms by year, few rows of each", statsmodels("grunfeld")),
    RealTable("gapminder", "plotly", "numbers", "lifeExp", "142 countries as categories, by year", plotly("gapminder")),
    RealTable("tips", "plotly", "numbers", "tip", "mixed, 244 rows, much noise", plotly("tips")),
    RealTable("penguins", "plotnine", "classes", "species", "mixed, missing values", plotnine("penguins")),
    RealTable("diamonds", "plotnine", "numbers", "price", "53,940 rows, mixed, hardly any noise", plotnine("diamonds")),
    RealTable("mpg", "plotnine", "numbers", "hwy", "mostly categories; 38 models", plotnine("mpg"), ("cty",)),
    RealTable("midwest", "plotnine", "classes", "inmetro", "counties: counts beside shares of the same", plotnine("midwest")),
    RealTable("msleep", "plotnine", "numbers", "sleep_total", "83 rows, 18 % of the cells missing", plotnine("msleep"), ("awake",)),
)  # fmt: skip
