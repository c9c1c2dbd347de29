"""A child's consent is withdrawn while a subscriber is connected on every face: server-sent events, webhook, NATS, EventStoreDB.

Nothing that is recorded of the child later is delivered, nor its part in what concerns others; voids and corrections of what was
delivered are, as references. The same after a kill of the daemon, and for who reads everything again from the beginning. Persons are
merged, unmerged and erased, which is told to who received something of them; and the agreement ends.
"""

import datetime
import json
import shutil
import sys

import consent_story as story
from consent_watch import PATHS, Bus, Esdb, Hook, Http, ask, clients, pages, standing, wait_until_looked_at
from consent_world import SEALED, STOCK, World, subscribers, uuid
from harness import Daemon, Workspace, check, free_port, mlup, wait_for
from nats_client import Nats

SKIP = 77
PHNOM_PENH = datetime.timezone(datetime.timedelta(hours=7))
HELD, WAITS = uuid("A is served and it takes long"), uuid("A is served and waits")


class Scene:
    """The daemon, and the faces whose tools are here."""

    def __init__(self, folder):
        self.folder, self.world, self.faces, self.skipped = folder, World(), {}, []
        self.http_port, self.esdb_port = free_port(), free_port()
        self.withdrawn = False
        self.daemon = Daemon(folder / "data")
        self.record(story.beginning)
        self.daemon.stop()
        self.faces["hook"] = Hook(HELD)
        if shutil.which("nats-server"):
            self.faces["bus"] = Bus(folder, free_port())
        else:
            self.skipped.append("NATS: nats-server is not installed")
        self.serve()
        self.faces["http"] = Http(self.http_port)
        npm = clients()
        if npm is not None:
            self.faces["esdb"] = Esdb(folder, npm, self.esdb_port, WAITS)
        else:
            self.skipped.append("EventStoreDB: its npm clients are not installed")

    def serve(self, days_left=1):
        """Starts the daemon, on the same ports every time."""
        last_day = (datetime.datetime.now(PHNOM_PENH) + datetime.timedelta(days=days_left)).strftime("%Y-%m-%d")
        ways = {"hook": self.faces["hook"].way(self.folder)}
        if "bus" in self.faces:
            ways["bus"] = self.faces["bus"].way()
        (self.folder / "subscribers").write_text(subscribers(ways, last_day))
        self.daemon = Daemon(self.folder / "data", "--subscribers-file", self.folder / "subscribers",
                             "--http-listen", f"127.0.0.1:{self.http_port}", "--esdb-listen", f"127.0.0.1:{self.esdb_port}")

    def record(self, chapter):
        chapter(self.world)
        done = mlup(self.daemon, "--json", "import", "-", stdin=self.world.take(), expect=None)
        check(done.code == 0, f"{chapter.__name__}: {done.out[-3000:]}{done.err[-1000:]}")

    def watched(self):
        """Every way of every face."""
        return [way for face in self.faces.values() for way in (face, getattr(face, "group", None)) if way is not None]

    def wait_for(self, event_id, ways):
        for way in ways:
            names = [self.world.events[seen.id].name for seen in way.since() if seen.id in self.world.events]
            wait_for(f"{self.world.events[event_id].name} on {way.name}; there are {names}", lambda way=way: way.has(event_id))

    def relayed(self):
        return [name for name in ("http", "hook", "bus") if name in self.faces]

    def play(self, chapter, end, again=None):
        """Records a chapter and checks what each face then got: exactly that, or again what it may still see of `again`."""
        begin = len(self.world.order)
        for way in self.watched():
            way.mark()
        self.record(chapter)
        self.faces["hook"].release.set()
        self.wait_for(uuid(end), self.watched())
        wait_until_looked_at(self.daemon, self.relayed())
        for way in self.watched():
            face = "esdb" if way.name == "group" else way.name
            wanted = self.world.expected(face, self.withdrawn, begin)
            found = way.since()
            while way.name == "group" and found[0].id == WAITS:
                del found[0]  # It came again, at once, until the consent ended.
            self.check_exactly(way.name, found, wanted, {**(again[face] if again else {}), **wanted}, chapter.__name__)

    def check_exactly(self, way, found, wanted, allowed, where):
        """Each of `found` is allowed and as it should be; all of `wanted` is there, in order."""
        where, first = f"{where}, {way}", {}
        for seen in found:
            event = self.world.events.get(seen.id)
            check(event is not None, f"{where}: nobody recorded {seen.raw}")
            check(seen.id in allowed, f"{where}: `{event.name}` may not be seen: {json.dumps(seen.raw)}")
            check(seen.data == allowed[seen.id], f"{where}: `{event.name}` is {seen.data}, not {allowed[seen.id]}")
            check_around(seen, event, where)
            first.setdefault(seen.id, None)
        missing = [self.world.events[event_id].name for event_id in wanted if event_id not in first]
        check(not missing, f"{where}: missing: {missing}")
        if way in ("http", "late", "esdb"):
            check([i for i in first if i in wanted] == list(wanted), f"{where}: out of order")
        elif way != "group":  # Groups of EventStoreDB promise no order.
            for stream in {self.world.events[event_id].stream for event_id in wanted}:
                ordered = [[i for i in ids if i in wanted and self.world.events[i].stream == stream] for ids in (first, wanted)]
                check(ordered[0] == ordered[1], f"{where}: {stream} is out of order")

    def stop(self):
        for face in self.faces.values():
            face.stop()
        self.daemon.kill()


def check_around(seen, event, where):
    """Nothing personal or sealed, nothing of who acted; and a reference is about nothing but what it names."""
    text = json.dumps(seen.raw)
    for word in (SEALED, "sealed", "salt", "subject_id", "staff-sup-1"):
        check(word not in text, f"{where}: `{event.name}` tells {word}: {text}")
    check(seen.type == event.type and event.stream.endswith(seen.subject), f"{where}: `{event.name}` is {seen.type} on {seen.subject}")
    if event.is_reference:
        check("2021-02-17" not in text and "supervisor" not in text, f"{where}: `{event.name}` is more than a reference: {text}")


def begin(scene):
    """What was recorded before comes to everybody who connects."""
    scene.wait_for(uuid(story.ENDS[0]), scene.watched())
    wait_until_looked_at(scene.daemon, [name for name in scene.relayed() if name != "http"])
    for way in scene.watched():
        face = "esdb" if way.name == "group" else way.name
        wanted = scene.world.expected(face, False)
        scene.check_exactly(way.name, way.since(), wanted, wanted, "beginning")


def wait_with_held_answer(scene):
    """Everybody has the two last events of A but the webhook, which has the first and waits with the second."""
    for way in scene.watched():
        way.mark()
    scene.faces["hook"].release.clear()
    scene.record(story.waiting)
    scene.wait_for(WAITS, [way for way in scene.watched() if way.name != "hook"])
    for way in scene.watched():
        if way.name == "group":  # It takes the event never and gets it again and again.
            wait_for("the group's second try", lambda way=way: sum(seen.id == WAITS for seen in way.since()) > 1)
    scene.wait_for(HELD, [scene.faces["hook"]])

    def decided():
        found, head = standing(scene.daemon)
        return int(found["hook"]["decided_position"]) >= head

    wait_for("the relay has read both", decided)
    check(not scene.faces["hook"].has(WAITS), "the second event did not wait for the first")


def read_again(scene):
    """Everything from the beginning, after the withdrawal, by every way of reading there is."""
    world, everything = scene.world, {face: scene.world.expected(face, True) for face in ("http", "hook", "bus", "esdb", "late")}
    for name in ("http", "late"):
        scene.check_exactly(name, pages(scene.http_port, name), everything[name], everything[name], "pages from the start")
    stream = Http(scene.http_port)
    scene.wait_for(uuid(story.ENDS[3]), [stream])
    stream.stop()
    scene.check_exactly("http", stream.since(), everything["http"], everything["http"], "a new connection from the start")
    for name in ("hook", "bus"):
        if name not in scene.faces:
            continue
        scene.faces[name].mark()
        mlup(scene.daemon, "webhooks", "replay", name, "--from", 0)
        scene.wait_for(uuid(story.ENDS[3]), [scene.faces[name]])
        wait_until_looked_at(scene.daemon, [name])
        scene.check_exactly(name, scene.faces[name].since(), everything[name], everything[name], "a replay from the start")
    if "esdb" in scene.faces:
        read_esdb(scene, everything["esdb"])
    check(len(world.events) > len(everything["http"]) > len(everything["late"]), "the story tells too little")


def read_esdb(scene, everything):
    """Forwards, backwards, stream by stream, and by category."""
    streams = {event.stream: None for event in scene.world.events.values()}
    names = {stream: stream.replace("-", "").replace("/", "-") for stream in streams}
    found, problems = scene.faces["esdb"].read(*names.values())
    scene.check_exactly("esdb", found["forwards"], everything, everything, "forwards")
    scene.check_exactly("esdb", found["backwards"][::-1], everything, everything, "backwards")
    for stream, name in names.items():
        wanted = {i: data for i, data in everything.items() if scene.world.events[i].stream == stream}
        scene.check_exactly("esdb", found.get(name, []), wanted, wanted, name)
        check(bool(wanted) or problems.get(name, "").startswith("stream-not-found"), f"a stream of which nothing may be seen: {problems.get(name)}")
    cases = {i: data for i, data in everything.items() if scene.world.events[i].stream.startswith("case/")}
    scene.check_exactly("esdb", found["category"], cases, cases, "category")


def expire(scene):
    """After the last day of the agreement nothing is delivered, and it is told why; after its renewal all goes on."""
    scene.daemon.stop()
    scene.serve(days_left=-1)
    for way in scene.watched():
        way.mark()
    begin = len(scene.world.order)
    scene.record(story.expired)

    def told():
        found, _ = standing(scene.daemon)
        return all(found[name].get("expired") for name in found) and all(
            "AGREEMENT_EXPIRED" in path.get("because", "") for name in ("hook", "bus") if name in scene.faces
            for path in found[name]["paths"] if path["path"] == PATHS[name])

    wait_for(lambda: f"the agreement's end is told: {standing(scene.daemon)}", told)
    _, answer = ask(scene.http_port, "http", "/v1/events")
    check(400 <= answer.status < 500 and json.loads(answer.read())["error"]["reason"] == "AGREEMENT_EXPIRED", f"HTTP: {answer.status}")
    wait_for("the end on the open stream", lambda: any("AGREEMENT_EXPIRED" in problem for problem in scene.faces["http"].problems))
    if "esdb" in scene.faces:
        found, problems = scene.faces["esdb"].read()
        ended = "FAILED_PRECONDITION: the agreement with esdb ended on "
        check(not found and all(ended in problems[way] for way in ("forwards", "backwards", "category")), f"EventStoreDB: {problems}, {found}")
        for way in (scene.faces["esdb"], scene.faces["esdb"].group):
            wait_for(lambda way=way: f"the end on {way.name}: {way.problems[-3:]}",
                     lambda way=way: any(ended in problem for problem in way.problems))
    for way in scene.watched():
        check(not way.since(), f"{way.name} after the end of the agreement: {[seen.raw for seen in way.since()]}")
    scene.daemon.stop()
    scene.serve()
    scene.wait_for(uuid(story.ENDS[5]), scene.watched())
    for way in scene.watched():
        wanted = scene.world.expected("esdb" if way.name == "group" else way.name, False, begin)
        scene.check_exactly(way.name, [seen for seen in way.since() if seen.id in wanted], wanted, wanted, "renewed")


def play(scene):
    begin(scene)
    scene.play(story.connected, story.ENDS[1])
    wait_with_held_answer(scene)
    scene.withdrawn = True
    scene.play(story.withdrawn, story.ENDS[2])
    scene.daemon.kill()
    scene.serve()
    still = {face: scene.world.expected(face, True) for face in scene.faces}
    scene.play(story.restarted, story.ENDS[3], again=still)
    read_again(scene)
    scene.withdrawn = False
    scene.play(story.again, story.ENDS[4])
    scene.play(story.merged, story.ENDS[6])
    scene.play(story.erased, story.ENDS[7])
    found = [seen.type for seen in pages(scene.http_port, STOCK)]
    check(found == ["donations.DistributionHeld"], f"a subscriber who has received nothing of anybody: {found}")
    expire(scene)
    if "bus" in scene.faces:
        with Nats(scene.faces["bus"].port) as nats:
            ids = [headers["Nats-Msg-Id"] for _, headers, _ in nats.messages("EVENTS")]
        check(len(ids) == len(set(ids)), "an event stands twice in the stream of NATS")


def main():
    with Workspace() as folder:
        scene = Scene(folder)
        try:
            play(scene)
        finally:
            scene.stop()
    print(f"{len(scene.world.events)} events, deliveries: " + ", ".join(f"{way.name} {len(way.all)}" for way in scene.watched()))
    for reason in scene.skipped:
        print(f"skipped: {reason}")
    return SKIP if scene.skipped else 0


if __name__ == "__main__":
    sys.exit(main())
