"""An import waits for a daemon that ends, well or badly, and comes again: each line is recorded once."""

import json
import subprocess

from harness import BIN, TIMEOUT_S, Daemon, Workspace, check, data_file, head, read_jsonl

# After how many answers the daemon ends: killed, then asked to stop.
ENDS = [(400, "kill"), (900, "stop")]


def main():
    path = data_file()
    with Workspace() as folder:
        listen = f"unix:{folder}/socket"
        daemon = Daemon(folder / "data", listen=listen)
        importer = subprocess.Popen([BIN / "mlup", "--server", listen, "--json", "import", path],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        answers = []
        for count, end in ENDS:
            while len(answers) < count:
                answers.append(json.loads(importer.stdout.readline()))
            getattr(daemon, end)()
            daemon = Daemon(folder / "data", listen=listen)
        # Not communicate(): answers come many at a time, and readline() has read ahead.
        answers += [json.loads(line) for line in importer.stdout]
        errors = importer.stderr.read()
        importer.wait(timeout=TIMEOUT_S)
        refused = [a for a in answers[:-1] if a["outcome"] == "refused"][:3]
        check(importer.returncode == 0, f"{refused} {errors.decode()[-1000:]}")
        check(len(answers) - 1 == len(read_jsonl(path)), "not every line was answered")
        positions = {answer["position"] for answer in answers[:-1]}
        check(head(daemon) == len(positions), "an event without an answer")
        daemon.stop()
    print(f"{len(answers) - 1} lines over {len(ENDS) + 1} lives of the daemon")


if __name__ == "__main__":
    main()
