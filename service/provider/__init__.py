"""`pulumi-resource-logflume`: what is somebody else's is noted, turned to us, and put back as it was found.

The AWS provider manages whole databases, trails and buckets; one of those in a log stack would make the stack the owner of
a production database. This plugin owns the switches of databases and clusters, where a trail leads, and notes of what a
bucket, a trail and a recorder were like. It is the same in the sandbox and on AWS: botocore with
the AWS configuration that the engine gives its plugins.

Kept free of imports that cost time: the engine waits for the plugin's port at every run.
"""

from __future__ import annotations

from pathlib import Path

from service import plugin

NAME = "logflume"
VERSION = "1.0.0"
"""Of the resource types, as the engine notes it in the state."""


def write_plugin_folder(folder: Path, python: str) -> None:
    """Make `folder` the plugin's folder; `python` is the interpreter that has this package."""
    plugin.write_plugin_folder(folder, NAME, __name__, python)
