"""The engine of the PDF: wkhtmltopdf, which Debian 13 no longer carries.

Where the machine has none, that of Debian 12 is unpacked with the closure of its
libraries, as Odoo's files are: no root, the same text on every Debian.
"""

import shlex
import shutil
from xml.sax.saxutils import escape

import stamps
from debian import PrivateApt, require_apt, unpack
from settings import RUN

ENGINE = RUN / "wkhtmltopdf"
FOLDER = ENGINE / "bin"
_PACKAGE = "wkhtmltopdf"
_SUITE = "bookworm"
# Of the closure, what every machine has (mixing two of these breaks programs) or what
# only a graphics card needs.
_NOT_NEEDED = (
    "debconf",
    "dpkg",
    "gcc-",
    "iso-codes",
    "libc6",
    "libgl1-mesa-dri",
    "libllvm",
    "libz3-",
    "lsb-base",
    "sysvinit-utils",
    "tar",
)
_SCRIPT = """\
#!/bin/sh
# wkhtmltopdf with its own libraries and fonts, without a screen.
export LD_LIBRARY_PATH={libraries}
export QT_PLUGIN_PATH={plugins}
export QT_QPA_PLATFORM=offscreen
export FONTCONFIG_FILE={fonts}
export XDG_RUNTIME_DIR={cache}
exec {program} "$@"
"""
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def prepare():
    """Give Odoo a wkhtmltopdf: the machine's, or one unpacked in ``.run``."""
    if shutil.which(_PACKAGE):
        return
    key = stamps.digest(_SUITE, _SCRIPT, _FONTS, *_NOT_NEEDED, str(ENGINE))
    if stamps.is_current(_PACKAGE, key) and ENGINE.is_dir():
        return
    require_apt(
        "wkhtmltopdf est introuvable et cette machine n'a pas apt : installez-le."
    )
    _fetch()
    stamps.write(_PACKAGE, key)


def _fetch():
    draft = RUN / "wkhtmltopdf.new"
    shutil.rmtree(draft, ignore_errors=True)
    archives = RUN / "apt" / "archives-wkhtmltopdf"
    PrivateApt(_SUITE).download_closure(_PACKAGE, archives, _NOT_NEEDED)
    unpack(archives.glob("*.deb"), draft)
    shutil.rmtree(archives)
    shutil.rmtree(ENGINE, ignore_errors=True)
    draft.rename(ENGINE)
    _write_command()


def _write_command():
    libraries = [
        folder
        for pattern in ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*")
        for folder in ENGINE.glob(pattern)
    ]
    fonts, cache = ENGINE / "fonts.conf", ENGINE / "cache"
    cache.mkdir(mode=0o700, exist_ok=True)
    folders = {"folder": ENGINE / "usr/share/fonts", "cache": cache}
    fonts.write_text(_FONTS.format_map({n: escape(str(v)) for n, v in folders.items()}))
    command = FOLDER / _PACKAGE
    FOLDER.mkdir(exist_ok=True)
    values = {
        "libraries": ":".join(map(str, libraries)),
        "plugins": next(iter(ENGINE.glob("usr/lib/*/qt5/plugins"))),
        "fonts": fonts,
        "cache": cache,
        "program": ENGINE / "usr/bin" / _PACKAGE,
    }
    command.write_text(
        _SCRIPT.format_map({n: shlex.quote(str(v)) for n, v in values.items()})
    )
    command.chmod(0o755)
