// Validates exported files with ajv: node validate.mjs SCHEMA FILE [SCHEMA FILE]... An event log is checked for what no schema can say.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The validator is installed beside the working directory, not beside this file.
const require = createRequire(`${process.cwd()}/`);
const Ajv = require("ajv");
const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false });
require("ajv-formats")(ajv);

// What names something that is not there, and what is there twice.
function faultsOfLog(log) {
  const faults = [];
  const unique = (what, values) => {
    const all = new Set(values);
    if (all.size !== values.length) faults.push(`${what}: one stands twice`);
    return all;
  };
  const objects = unique("objects", log.objects.map((object) => object.id));
  unique("events", log.events.map((event) => event.id));
  const types = { objects: unique("objectTypes", log.objectTypes.map((type) => type.name)),
    events: unique("eventTypes", log.eventTypes.map((type) => type.name)) };
  const attributes = new Map(log.eventTypes.map((type) => [type.name, new Set(type.attributes.map((one) => one.name))]));
  for (const kind of ["objects", "events"]) {
    for (const one of log[kind]) {
      if (!types[kind].has(one.type)) faults.push(`${one.id}: no type ${one.type}`);
      for (const { objectId } of one.relationships) {
        if (!objects.has(objectId)) faults.push(`${one.id}: no object ${objectId}`);
      }
      for (const { name } of kind === "events" ? one.attributes : []) {
        if (!attributes.get(one.type)?.has(name)) faults.push(`${one.id}: ${one.type} has no attribute ${name}`);
      }
    }
  }
  return faults;
}

let failed = false;
for (let i = 2; i < process.argv.length; i += 2) {
  const [schema, file] = process.argv.slice(i, i + 2).map((name) => JSON.parse(readFileSync(name, "utf8")));
  const validate = ajv.compile(schema);
  const faults = validate(file) ? [] : validate.errors.map((error) => `${error.instancePath} ${error.message}`);
  if (faults.length === 0 && file.events) faults.push(...faultsOfLog(file));
  for (const fault of faults.slice(0, 20)) console.error(`${process.argv[i + 1]}: ${fault}`);
  failed ||= faults.length > 0;
  console.log(`${process.argv[i + 1].split("/").pop()}: ${faults.length === 0 ? "valid" : `${faults.length} faults`}`);
}
process.exit(failed ? 1 : 0);
