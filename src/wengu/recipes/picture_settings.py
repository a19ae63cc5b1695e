"""What can be set of pictures, whatever is learned from them: where more are, and how they are divided."""

from __future__ import annotations

from dataclasses import dataclass

from wengu.recipes.settings import Training, setting


@dataclass(frozen=True, kw_only=True)
class OfPictures(Training):
    """The settings of a recipe that reads folders of pictures."""

    other: str = setting(
        "", "A second folder, of pictures from elsewhere: they train too, and dev and test are of --data alone."
    )

    group: str = setting(
        "", r"A pattern of names: pictures in which it finds the same belong together, such as 'patient\d+'."
    )

    by_time: str = setting(
        "", r"A pattern of names that finds when each was made, such as '\d{8}': the oldest train, the newest test."
    )
