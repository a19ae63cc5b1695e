"""Where pictures lie, one folder a class: how most people's pictures lie on the disk.

    shoes/boot/1.jpg            shoes/train/boot/1.jpg
    shoes/boot/red/2.png        shoes/dev/boot/7.jpg       dev may be called val, validation, as `set_names` says
    shoes/sandal/3.jpg          shoes/test/sandal/9.jpg    official sets are kept as they are, train-dev too

A picture's id is its path inside the folder, with forward slashes, on every system. What is left out is said: litter,
class folders without files, pictures of dev and test without classes, and links to folders. A class folder may be a
link to a folder elsewhere; one that leads back into the folder, or above it, would give pictures a second class.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.printable import kept_text, printable_repr
from wengu.data.clean_text import clean_name
from wengu.data.picture_files import files_below, is_litter, visible
from wengu.data.set_names import SET_NAMES


@dataclass(frozen=True)
class Place:
    """A file found in the folder, and what its place there says of it."""

    file: Path
    label: str
    set: str
    elsewhere: bool = False


def places_in(root: Path, notes: list[str]) -> list[Place]:
    """Every file below a class folder, with its class and set; what is left out, and why, goes to the notes.

    Raises: InputError where there is no folder, or one that is empty or laid out otherwise.
    """
    if not root.exists():
        parent = root.absolute().parent
        siblings = [p.name for p in visible(parent) if p.is_dir()] if parent.is_dir() else []
        near = nearest(root.name, siblings)
        hint = say("; did you mean {near}?", near=root.with_name(near)) if near else ""
        raise InputError(say("{folder}: no such folder{hint}", folder=root, hint=hint))
    if not root.is_dir():
        raise InputError(say("{folder} is a file; expected a folder with a folder of pictures for each class",
                             folder=root))
    return _Search(root, notes).places()


class _Search:
    """Goes through the folder once, and remembers what is to be said of it."""

    def __init__(self, root: Path, notes: list[str]) -> None:
        self.root, self.real, self.notes = root, root.resolve(), notes
        self.litter: list[str] = []
        self.followed: list[str] = []
        self.left: list[str] = []  # links to folders
        self.empty: list[str] = []

    def places(self) -> list[Place]:
        """All of it."""
        places = self._official() or self._in_classes(self.root, "")
        if self.empty:
            self.notes.append(say("class folders without files, left out: {names}", names=few(self.empty)))
        if self.followed:
            self.notes.append(say("class folders that are links to folders elsewhere, followed: {names}",
                                  names=few(self.followed)))
        if self.left:
            self.notes.append(say("links to folders, left out, for only a class folder may be a link, and not to "
                                  "where it lies itself: {names}", names=few(self.left)))
        if self.litter:
            self.notes.append(say("left out, as systems and programs leave them behind: {n} {n:file or folder|files "
                                  "and folders} ({names})", n=len(self.litter),
                                  names=few(sorted({name.rpartition("/")[2] for name in self.litter}))))
        return places

    def _official(self) -> list[Place]:
        """By official sets, where the folder has them; else nothing."""
        folders = [p for p in self._seen(self.root) if p.is_dir()]
        by_set = {p: SET_NAMES[clean_name(p.name).lower()] for p in folders if clean_name(p.name).lower() in SET_NAMES}
        if not by_set or (len(by_set) < len(folders) and len(set(by_set.values())) == 1):
            self.litter.clear()  # the folder is gone through again
            if by_set:
                self.notes.append(say("taken for a class, as other class folders lie beside: {names}",
                                      names=", ".join(p.name for p in by_set)))
            return []
        if rest := [p.name for p in folders if p not in by_set]:
            self.notes.append(say("left out, as neither train, train-dev, dev nor test: {names}",
                                  names=", ".join(rest)))
        if "train" not in by_set.values():
            raise InputError(say("{folder} has {names} but no train; add a train folder, or give the folder of classes",
                                 folder=self.root, names=", ".join(p.name for p in by_set)))
        classes = {clean_name(p.name) for folder, name in by_set.items() if name == "train" for p in visible(folder)}
        found = {p: [] if name != "train" and self._unlabelled(p, classes) else self._in_classes(p, name)
                 for p, name in by_set.items()}
        return [place for some in found.values() for place in some]

    def _unlabelled(self, folder: Path, classes: set[str]) -> bool:
        """Whether a folder of dev or test has nothing to judge by, which is said: no folder of a class."""
        inside = visible(folder)
        folders = [clean_name(p.name) for p in inside if p.is_dir()]
        if len(folders) > 1 or classes.intersection(folders):
            return False
        if n := len(files_below(folder)):
            self.notes.append(say("{folder}: left out, for its {n} {n:file is|files are} in no folder of a class of "
                                  "train, and nothing can be judged by what has no label; `wengu predict RUN {folder}` "
                                  "answers it", folder=folder, n=n))
        else:
            self.notes.append(say("{folder} is empty; left out", folder=folder))
        return True

    def _in_classes(self, folder: Path, set_name: str) -> list[Place]:
        inside = self._seen(folder)
        folders = [p for p in inside if p.is_dir()]
        stray = [p for p in inside if p not in folders]
        places = []
        for p in folders:
            found = self._followed(p) and self._below(p)
            places += [Place(file, clean_name(p.name), set_name) for file in found or ()]
            if found == []:
                self.empty.append(self._name(p))
        if renamed := [f"{printable_repr(p.name)} = {clean_name(p.name)}" for p in folders
                       if clean_name(p.name) != kept_text(p.name)]:
            self.notes.append(say("class folders whose names have spaces at their ends, or Unicode not in the form "
                                  "NFC: {names}", names=few(renamed)))
        if not inside:
            raise InputError(say("{folder} is empty; expected a folder of pictures for each class", folder=folder))
        if not places and stray:
            raise InputError(say("{folder}: the files there ({names}) are in no class folder; move each into a folder "
                                 "named after its class", folder=folder, names=few(p.name for p in stray)))
        if not places:
            raise InputError(say("{folder}: its class folders hold no files", folder=folder))
        if stray:
            self.notes.append(say("left out, as they are in no class folder: {names}", names=few(map(str, stray))))
        return places

    def _followed(self, folder: Path) -> bool:
        """Whether a class folder is gone through: one of its own, or a link to one elsewhere."""
        if not folder.is_symlink():
            return True
        real = folder.resolve()
        elsewhere = not real.is_relative_to(self.real) and not self.real.is_relative_to(real)
        (self.followed if elsewhere else self.left).append(self._name(folder))
        return elsewhere

    def _below(self, folder: Path) -> list[Path]:
        """Every file in a folder and its folders, by path."""
        found: list[Path] = []
        for path in self._seen(folder):
            if not path.is_dir():
                found.append(path)
            elif path.is_symlink():
                self.left.append(self._name(path))
            else:
                found += self._below(path)
        return found

    def _seen(self, folder: Path) -> list[Path]:
        """What is in the folder, by name, but for the litter, which is remembered."""
        inside = sorted(folder.iterdir())
        self.litter += [self._name(p) for p in inside if is_litter(p)]
        return [p for p in inside if not is_litter(p)]

    def _name(self, path: Path) -> str:
        return kept_text(path.relative_to(self.root).as_posix())


def id_of(place: Place, root: Path) -> str:
    """Its path inside the folder."""
    return kept_text(place.file.relative_to(root).as_posix())


def few(names: Iterable[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    every = list(names)
    rest = say(" and {n} more", n=len(every) - most) if len(every) > most else ""
    return ", ".join(every[:most]) + rest
