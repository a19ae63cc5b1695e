"""Readers of users' files, the catalogue of data, and the small sample that ships. No torch in this room."""

from wengu.core.own_folder import cache_folder
from wengu.data.attributes import QUESTIONS, attributes_of
from wengu.data.catalogue import Entry, catalogue, get, known_entry
from wengu.data.catalogue_load import load
from wengu.data.kept_data import KeptData, clear, kept
from wengu.data.photographs import holds_photographs
from wengu.data.picture_files import read_picture_bytes, read_picture_files
from wengu.data.picture_folder import read_picture_folder
from wengu.data.pictures import Pictures
from wengu.data.table import Table, read_table
from wengu.data.table_schema import encode
from wengu.data.table_targets import TableOfTargets, read_targets
from wengu.data.weights import PublishedWeights, imagenet_classes, known_weights, published, published_weights

__all__ = [
    "QUESTIONS",
    "Entry",
    "KeptData",
    "Pictures",
    "PublishedWeights",
    "Table",
    "TableOfTargets",
    "attributes_of",
    "cache_folder",
    "catalogue",
    "clear",
    "encode",
    "get",
    "holds_photographs",
    "imagenet_classes",
    "kept",
    "known_entry",
    "known_weights",
    "load",
    "published",
    "published_weights",
    "read_picture_bytes",
    "read_picture_files",
    "read_picture_folder",
    "read_table",
    "read_targets",
]
