"""Records that many quarters have: invented people, households, cases, services, goods. Names are put together from
invented syllables, never taken from a real person."""

FAMILY = [("Khav", "ខាវ"), ("Tumor", "ទុម័រ"), ("Rovei", "រ៉ូវី"), ("Nalim", "ណាលីម"), ("Dozan", "ដូហ្សាន"),
          ("Pelu", "ប៉េលូ"), ("Vorik", "វ៉ូរិក"), ("Sumek", "ស៊ូមេក")]
FIRST = [("Sora", "សូរ៉ា"), ("Meli", "មេលី"), ("Kavi", "កាវី"), ("Tiro", "ទីរ៉ូ"), ("Nalu", "ណាលូ"),
         ("Revi", "រេវី"), ("Poma", "ប៉ូម៉ា"), ("Lani", "ឡានី"), ("Doru", "ដូរូ"), ("Yami", "យ៉ាមី"),
         ("Beku", "បេគូ"), ("Chila", "ឈីឡា")]
LAST = [("sey", "សី"), ("rin", "រិន"), ("vat", "វ៉ាត"), ("mol", "ម៉ុល"), ("kea", "គា"), ("nit", "និត"),
        ("lan", "ឡាន"), ("pov", "ពៅវ")]
SEXES = {"f": "SEX_FEMALE", "m": "SEX_MALE", "o": "SEX_OTHER", "?": "SEX_UNKNOWN"}


def name(number):
    """The Khmer and the Latin form of the name with this number; 768 different ones."""
    family = FAMILY[number % len(FAMILY)]
    first = FIRST[number // len(FAMILY) % len(FIRST)]
    last = LAST[number // (len(FAMILY) * len(FIRST)) % len(LAST)]
    return f"{family[1]} {first[1]}{last[1]}", f"{family[0]} {first[0]}{last[0]}"


def register(book, alias, sex, birth, province, who, when, *, known=None, sector=""):
    """Registers an invented person; sex is f, m, o or ?, an empty birth is not known."""
    number = book.people = getattr(book, "people", -1) + 1
    name_km, name_latin = name(number * 37)
    person = {"person_id": book.id(alias), "sex": SEXES[sex], "birth_month": birth,
              "residence_province_code": province, "name_km": name_km, "name_latin": name_latin,
              "languages": ["Khmer"]}
    person = {field: value for field, value in person.items() if value}
    return book.add(f"person/{alias}", "person_registered", {"person": person}, who, when, known=known,
                    sector=sector)


def start_role(book, alias, role, who, when, *, org="", group="", known=None, sector=""):
    person = {"person_id": book.id(alias), "role": f"PERSON_ROLE_{role}"}
    if org:
        person["org_id"] = book.id(org)
    if group:
        person["group_id"] = book.id(group)
    return book.add(f"person/{alias}", "person_role_started", {"person": person}, who, when, known=known,
                    sector=sector)


def add_member(book, household, alias, relation, who, when, *, known=None, sector=""):
    member = {"person_id": book.id(alias), "relation": f"RELATION_{relation}"}
    return book.add(f"household/{household}", "household_member_added", {"member": member}, who, when,
                    known=known, sector=sector)


def attend(book, activity, alias, role, who, when, *, org="", known=None, sector="", place="", session=1,
           status="PRESENT"):
    person = {"person_id": book.id(alias), "role_at_time": role, "status": f"ATTENDANCE_STATUS_{status}"}
    if org:
        person["org_at_time"] = book.id(org)
    return book.add(f"activity/{activity}", "attendance_recorded", {"person": person, "session_no": session},
                    who, when, known=known, sector=sector, place=place)


def join(book, group, alias, who, when, sector, *, office="member", known=None):
    member = {"person_id": book.id(alias), "office": office}
    return book.add(group, "group_member_joined", {"member": member}, who, when, known=known, sector=sector)


def household(book, alias, kind, province, when, *, who="sw-1", known=None, head="", device="", sector="CWN"):
    body = {"type": f"HOUSEHOLD_TYPE_{kind}", "residence_province_code": province}
    if head:
        body["head"] = {"person_id": book.id(head), "livelihood": "Day labour and a small garden"}
    return book.add(f"household/{alias}", "household_registered", body, who, when, known=known, device=device,
                    sector=sector)


def open_case(book, alias, child, kind, when, *, who="sw-1", known=None, owner="mro", supporter="", incident="",
              place="unknown", device="", sector="CWN"):
    body = {"child": {"person_id": book.id(child)}, "case_type": f"CASE_TYPE_{kind}",
            "owner_org_id": book.id(owner)}
    if supporter:
        body["supported_by_org_id"] = book.id(supporter)
    if incident:
        body["incident_ids"] = [book.id(incident)]
    return book.add(f"case/{alias}", "case_opened", body, who, when, known=known, place=place, device=device,
                    sector=sector)


def service(book, stream, code, provider_kind, recipient, when, *, who="sw-1", known=None, provider="",
            supporter="", mode="", child="", sector="CWN", uncounted=False):
    body = {"service_code": code, "provider_kind": f"PROVIDER_KIND_{provider_kind}",
            "recipient": f"SERVICE_RECIPIENT_{recipient}"}
    if provider:
        body["provider_org_id"] = book.id(provider)
    if supporter:
        body["supported_by_org_id"] = book.id(supporter)
    if mode:
        body["mode"] = f"MODE_{mode}"
    if child:
        body["person"] = {"person_id": book.id(child)}
    if uncounted:
        body["uncounted"] = True
    place = "remote" if mode in ("ONLINE", "PHONE") else "unknown"
    return book.add(stream, "service_provided", body, who, when, known=known, sector=sector, place=place)


def follow_up(book, stream, alias, contact, who, when, sector, *, kind="CONTACT", by="STAFF", known=None,
              findings=""):
    """Of a person, or of nobody in particular and then not counted."""
    body = {"followup_type": f"FOLLOW_UP_TYPE_{kind}", "contact": f"CONTACT_{contact}",
            "by": f"FOLLOW_UP_BY_{by}"}
    if alias:
        body["person"] = {"person_id": book.id(alias)} | ({"findings": findings} if findings else {})
    else:
        body["uncounted"] = True
    place = "remote" if contact in ("PHONE", "ONLINE") else "unknown"
    return book.add(stream, "follow_up_conducted", body, who, when, known=known, sector=sector, place=place)


def note(book, stream, alias, text, who, when, *, known=None, sector="CWN"):
    body = {"kind": "NOTE_KIND_NOTE", "person": {"person_id": book.id(alias), "text": text}}
    return book.add(stream, "note_recorded", body, who, when, known=known, sector=sector)


def line(item, quantity, unit):
    return {"item_code": item, "quantity": quantity, "unit": unit}


def distribution(book, alias, reason, when, *, who="sw-1", known=None, store="", sector="FUNDRAISING"):
    body = {"reason": f"DISTRIBUTION_REASON_{reason}"}
    if store:
        body["store_id"] = book.id(store)
    return book.add(f"distribution/{alias}", "distribution_held", body, who, when, known=known, sector=sector)


def give(book, alias, who, when, *, to="", person="", role="", kind="HOUSEHOLD", kit="", lines=(), purpose="FOOD",
         by="OWN", beneficiaries=(), known=None, sector="", place=""):
    """Goods for a household or a person; where nothing says to whom and what, nobody counted them."""
    body = {"recipient_kind": f"RECIPIENT_KIND_{kind}", "purpose": f"ITEMS_PURPOSE_{purpose}",
            "given_by": f"GIVEN_BY_{by}"}
    if to:
        body["recipient_id"] = book.id(to)
    if person:
        body["recipient"] = {"person_id": book.id(person)} | ({"role_at_time": role} if role else {})
    if beneficiaries:
        body["beneficiaries"] = [{"person_id": book.id(alias)} for alias in beneficiaries]
    if kit:
        body |= {"kit_code": kit, "kit_version": 1}
    if lines:
        body["lines"] = list(lines)
    if not (kit or lines):
        body["uncounted"] = True
    return book.add(f"distribution/{alias}", "items_distributed", body, who, when, known=known, sector=sector,
                    place=place)


def hold(book, alias, kind, who, when, *, led_by="OWN", mode="", sector="", place="", known=None, uncounted=False,
         group="", host="", **more):
    body = {"kind": f"ACTIVITY_KIND_{kind}"}
    if led_by:
        body["led_by"] = f"LED_BY_{led_by}"
    if mode:
        body["mode"] = f"MODE_{mode}"
    if group:
        body["group_id"] = book.id(group)
    if host:
        body["host_org_id"] = book.id(host)
    if uncounted:
        body["uncounted"] = True
    return book.add(f"activity/{alias}", "activity_held", body | more, who, when, known=known, sector=sector,
                    place=place)


def about(book, alias, fact, who, when, sector, *, person=None, known=None, place="", **body):
    """A fact on a person's stream about that person."""
    body["person"] = {"person_id": book.id(alias)} | (person or {})
    return book.add(f"person/{alias}", fact, body, who, when, known=known, sector=sector, place=place)
