"""What the build files of Maven and Gradle say of the packages of a tree: which one is taken from outside now."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property

from rao_review.graph.tree_names import TreeNames

_OF_A_MODULE = ("pom.xml", "build.gradle", "build.gradle.kts")
_BUILD_FILES = (*_OF_A_MODULE, "settings.gradle", "settings.gradle.kts", "gradle.properties", "libs.versions.toml")
_PARENT = re.compile(r"<parent>.*?</parent>", re.DOTALL)
_ARTIFACT = re.compile(r"<artifactId>\s*([\w.-]+)\s*</artifactId>")
_SOURCES = (".java", ".kt", ".scala", ".groovy")
_SHORTEST_GROUP = 2


class JavaBuilds:
    """The build files of one tree."""

    def __init__(self, tree: TreeNames) -> None:
        self._tree = tree

    @cached_property
    def _texts(self) -> dict[str, str]:
        paths = (path for name in _BUILD_FILES for path in self._tree.named.get(name, ()))
        return {path: (self._tree.read(path) or b"").decode("utf-8", "replace") for path in paths}

    @cached_property
    def _lines(self) -> frozenset[str]:
        return frozenset(line.strip() for text in self._texts.values() for line in text.splitlines())

    @cached_property
    def _endings(self) -> frozenset[str]:
        """All ends of the folders with sources: 'src/main/org/shop', 'main/org/shop', 'org/shop', 'shop'."""
        folders = {posixpath.dirname(path) for path in self._tree.paths if path.endswith(_SOURCES)}
        split = (folder.split("/") for folder in folders)
        return frozenset("/".join(parts[at:]) for parts in split for at in range(len(parts)))

    def has_package(self, package: str) -> bool:
        """Whether a file stands in a folder of this package."""
        return package.replace(".", "/") in self._endings

    def module_of(self, path: str) -> str | None:
        """The folder of the module that a file is of; None without a build file around it."""
        folder = posixpath.dirname(path)
        while not self.is_module(folder):
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        return folder

    def is_module(self, folder: str) -> bool:
        return any(posixpath.join(folder, name) in self._tree.paths for name in _OF_A_MODULE)

    def artifact(self, folder: str) -> str:
        """The name under which others take a module."""
        text = _PARENT.sub("", self._texts.get(posixpath.join(folder, "pom.xml"), ""))
        match = _ARTIFACT.search(text)
        return match[1] if match else posixpath.basename(folder)

    def names(self, artifact: str) -> bool:
        """Whether a build file names an artifact."""
        word = re.compile(rf"(?<![\w.-]){re.escape(artifact)}(?![\w.-])")
        return any(map(word.search, self._texts.values()))

    def requires_more_than(self, other: JavaBuilds, package: str) -> bool:
        """Whether a line that only these build files have names the group that a package begins with: 'org.shop' of 'org.shop.pay'."""
        group = ".".join(package.split(".")[:_SHORTEST_GROUP])
        word = re.compile(rf"(?<![\w.-]){re.escape(group)}(?![\w-])")
        return "." in group and any(map(word.search, self._lines - other._lines))


def has_left(now: JavaBuilds, before: JavaBuilds, package: str, path: str) -> bool:
    """Whether the package of a file that is gone is gone as a whole, and a build file names what it may be taken from: the module of that
    name, or something new of that group."""
    if not package or now.has_package(package):
        return False
    module = before.module_of(path)
    if module and not now.is_module(module) and now.names(before.artifact(module)):
        return True
    return now.requires_more_than(before, package)
