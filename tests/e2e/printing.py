"""A child's history on paper: with position and root on each page, in both languages, read by nobody else, and forms filled.

77 where WeasyPrint or pdftotext is not there.
"""

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

from harness import BIN, ROOT, Daemon, Workspace, check, data_file, head, mlup

FORMS = ROOT / "deploy/forms"
KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


def pages_of(path):
    """The text of each page of a PDF."""
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
    return text.removesuffix("\f").split("\f")


def check_file(path):
    check(stat.S_IMODE(path.stat().st_mode) == 0o600, f"{path.name} may be read by others")
    left = [file.name for file in path.parent.iterdir() if file.name.startswith(path.name) and file != path]
    check(not left, f"left behind: {left}")


def check_pdf(daemon, folder, child, language):
    path = folder / f"{language}.pdf"
    said = mlup(daemon, "case", "history", "--steps", "--language", language, "-o", path, child).out
    position = re.search(r"up to position (\d+)", said).group(1)
    check_file(path)
    pages = pages_of(path)
    check(len(pages) > 2, f"{len(pages)} pages")
    digits = position.translate(KHMER_DIGITS) if language == "km" else position
    roots = set()
    for number, page in enumerate(pages, 1):
        foot = "\n".join(page.rstrip().splitlines()[-4:])
        found = re.findall(r"\b[0-9a-f]{64}\b", foot)
        check(len(found) == 1 and digits in foot, f"page {number} names no position or root: {foot}")
        roots.update(found)
    check(len(roots) == 1, "pages name different roots")
    return position


def check_refused(daemon, folder, child):
    """What cannot be written is refused before anything is read."""
    before = head(daemon)
    there = folder / "there.pdf"
    there.write_bytes(b"of somebody else")
    refused = mlup(daemon, "case", "history", "-o", there, child, expect=2)
    check("OUTPUT_EXISTS" in refused.err and there.read_bytes() == b"of somebody else", refused.err)
    bare = subprocess.run([BIN / "mlup", "--server", daemon.address, "case", "history", "-o", folder / "none.pdf", child],
                          env={**os.environ, "PATH": str(folder)}, capture_output=True, check=False)
    check(bare.returncode == 2 and b"PDF_MAKER_MISSING" in bare.stderr and b"install-deps --pdf" in bare.stderr, bare.stderr)
    broken = folder / "broken.html"
    broken.write_text("{{#ENTRY}}")
    check(head(daemon) == before, "a reading is on record of which nothing was shown")
    refused = mlup(daemon, "case", "history", "--form", broken, "-o", folder / "none.pdf", child, expect=None)
    check(refused.code != 0 and "FORM_DAMAGED" in refused.err, refused.err)
    check(not (folder / "none.pdf").exists(), "half a file is left")


def check_forms(daemon, folder, child):
    name = mlup(daemon, "--json", "case", "history", child).json()["subject"].split(" (")[0]
    for form in sorted(FORMS.glob("*.html")):
        page = folder / form.name
        mlup(daemon, "case", "history", "--form", form, "--format", "html", "-o", page, child)
        check_file(page)
        text = page.read_text(encoding="utf-8")
        check(name in text and "{{" not in text, f"{form.name} is not filled")
        check(re.search(r"[0-9a-f]{64}", text), f"{form.name} names no root")
        check("Kinship" in text, f"{form.name} does not tell of the placement")
        pdf = folder / f"{form.stem}.pdf"
        mlup(daemon, "case", "history", "--form", form, "--language", "km", "-o", pdf, child)
        check(all(re.search(r"[0-9a-f]{64}", one) for one in pages_of(pdf)), f"{form.name}: a page names no root")


class Listener:
    """Notes whether anybody asks it for anything."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]

    def was_asked(self):
        try:
            self.socket.accept()
        except TimeoutError:
            return False
        return True


def check_nothing_is_fetched(daemon, folder, child):
    """A form that would send the child's name elsewhere does not."""
    listener = Listener()
    form = folder / "spy.html"
    form.write_text(f'<head></head><img src="http://127.0.0.1:{listener.port}/x.png?{{{{SUBJECT}}}}">{{{{SUBJECT}}}}')
    mlup(daemon, "case", "history", "--form", form, "-o", folder / "spy.pdf", child)
    check(pages_of(folder / "spy.pdf")[0].strip(), "the form is not filled")
    check(not listener.was_asked(), "what a form names was fetched, with the child's name")


def main():
    if not shutil.which("weasyprint") or not shutil.which("pdftotext"):
        print("skipped: no weasyprint, or no pdftotext (deploy/install-deps --pdf)")
        sys.exit(77)
    path = data_file()
    child = Path(path).with_suffix(".child").read_text(encoding="utf-8").split()[0]
    with Workspace() as folder, Daemon(folder / "data") as daemon:
        mlup(daemon, "import", path)
        check_refused(daemon, folder, child)
        english = check_pdf(daemon, folder, child, "en")
        khmer = check_pdf(daemon, folder, child, "km")
        check_forms(daemon, folder, child)
        check_nothing_is_fetched(daemon, folder, child)
        masked = mlup(daemon, "case", "history", "--format", "html", "-o", folder / "masked.html", child)
        page = (folder / "masked.html").read_text(encoding="utf-8")
        check("Caregiver killed" not in page and "masked" in page and masked.code == 0, "what is masked is printed")
    print(f"printed at positions {english} and {khmer}")


if __name__ == "__main__":
    main()
