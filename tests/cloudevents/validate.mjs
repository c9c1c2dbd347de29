// Reads our events with the CloudEvents SDK: node validate.mjs FILE, as encodings printed it.
import { deepStrictEqual, strictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The SDK is installed beside the working directory, not beside this file.
const { HTTP, CloudEvent } = createRequire(`${process.cwd()}/`)("cloudevents");

const lines = readFileSync(process.argv[2], "utf8").trim().split("\n").map((line) => JSON.parse(line));
const { batch } = lines.pop();
const types = new Set();

for (const { structured, headers, body } of lines) {
  const plain = JSON.parse(structured);
  const event = HTTP.toEvent({
    headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
    body: structured,
  });
  strictEqual(event.validate(), true);
  strictEqual(new Date(event.time).getTime(), new Date(plain.time).getTime());
  for (const name of ["id", "source", "type", "subject", "dataschema", "sequence", "partitionkey", "recordedtime",
    "authtype", "dataclassification", "precision"]) {
    strictEqual(event[name], plain[name], `${plain.type}: ${name}`);
  }
  deepStrictEqual(event.data, plain.data);
  // Strict construction checks the names and values of all attributes.
  strictEqual(new CloudEvent(plain, true).id, plain.id);

  const binary = HTTP.toEvent({ headers, body });
  strictEqual(binary.validate(), true);
  deepStrictEqual(JSON.parse(JSON.stringify(binary)), JSON.parse(JSON.stringify(event)), plain.type);
  types.add(event.type);
}

const events = HTTP.toEvent({ headers: { "content-type": "application/cloudevents-batch+json" }, body: batch });
strictEqual(events.length, lines.length);
strictEqual(types.size, lines.length, "every example has a type of its own");
console.log(`${lines.length} event types: structured, binary and batch are valid`);
