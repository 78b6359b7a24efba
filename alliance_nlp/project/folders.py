"""Tell whether a folder is copied to other computers by a service such as OneDrive."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

# What a folder is called that a service keeps in step; whole names, in any case.
_NAMES = {
    r"onedrive( ?-.*)?": "OneDrive",
    r"(dropbox)( ?[-(].*)?": "Dropbox",
    r"mobile documents|com~apple~clouddocs|iclouddrive|icloud drive": "iCloud",
    r"google ?drive( ?[-(].*)?|my drive|min enhet|我的云端硬盘": "Google Drive",
    r"nextcloud\d*": "Nextcloud",
    r"owncloud\d*": "ownCloud",
    r"box sync|box-box": "Box",
    r"pcloud ?drive|pcloud ?sync": "pCloud",
    r"sync\.com": "Sync.com",
    r"megasync|mega downloads": "MEGA",
    r"proton ?drive( ?-.*)?": "Proton Drive",
    r"tresorit": "Tresorit",
    r"seafile|seadrive": "Seafile",
    r"nutstore( files)?|我的坚果云|坚果云": "Nutstore",
    r"baidusyncdisk|百度网盘同步空间": "Baidu",
    r"cloudstorage": "a cloud service",  # where macOS keeps the folders of all of them
}
_BELOW_HOME = {
    "box": "Box",
    "mega": "MEGA",
    "sync": "Sync.com",
}  # too common to mean anything elsewhere
# What a service leaves in the folder that it keeps in step; patterns for `Path.glob`.
_MARKERS = {
    ".dropbox.cache": "Dropbox",
    ".nextcloudsync.log": "Nextcloud",
    ".owncloudsync.log": "ownCloud",
    ".sync_*.db": "Nextcloud or ownCloud",
    "._sync_*.db": "Nextcloud or ownCloud",
    ".stfolder": "Syncthing",
}
_VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")  # set by OneDrive on Windows


def synchronised_folder(
    path: str | os.PathLike[str], *, environment: Mapping[str, str] = os.environ
) -> str | None:
    """Return the service that copies what lies at `path` to other computers, if one is known.

    It is told by the names of the folders above, by the marks that services leave in them and,
    on Windows, by the environment; `None` means that nothing of the kind was found, which proves
    nothing about folders that were given another name.

    >>> synchronised_folder("/Users/eva/OneDrive - University/study.alliance")
    'OneDrive'
    >>> synchronised_folder("/Users/eva/Interviews/study.alliance") is None
    True
    """
    places = dict.fromkeys([Path(path).absolute(), Path(path).resolve()])  # before and after links
    for place in places:
        service = (
            _by_variable(place, environment)
            or _by_name(place)
            or _below_home(place)
            or _by_marker(place)
        )
        if service:
            return service
    return None


def _by_variable(place: Path, environment: Mapping[str, str]) -> str | None:
    folders = [Path(environment[name]) for name in _VARIABLES if environment.get(name)]
    return "OneDrive" if any(place.is_relative_to(folder) for folder in folders) else None


def _by_name(place: Path) -> str | None:
    for pattern, service in _NAMES.items():
        if any(re.fullmatch(pattern, folder, re.IGNORECASE) for folder in place.parts[:-1]):
            return service
    return None


def _below_home(place: Path) -> str | None:
    try:
        below = place.relative_to(Path.home()).parts
    except (ValueError, RuntimeError):  # elsewhere, or nobody's home is known
        return None
    return _BELOW_HOME.get(below[0].lower()) if len(below) > 1 else None


def _by_marker(place: Path) -> str | None:
    for folder in place.parents:
        # A file in the folder that is kept in step; in the home folder it is a folder of settings.
        if (folder / ".dropbox").is_file():
            return "Dropbox"
        for pattern, service in _MARKERS.items():
            if any(folder.glob(pattern)):
                return service
    return None
