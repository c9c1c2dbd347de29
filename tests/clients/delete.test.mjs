// Metadata, deletion, tombstones.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { all, events, expecting, numbers, unique, withClient } from "./clients.mjs";

withClient("metadata and deletion", (api, client, dispose) => {
  const db = client();
  after(dispose);
  const { BACKWARDS, END, NO_STREAM, STREAM_EXISTS, StreamDeletedError, StreamNotFoundError } = api;

  test("metadata is kept and changed", async () => {
    const stream = unique("meta");
    assert.equal((await db.getStreamMetadata(stream)).metadata, undefined);
    await db.setStreamMetadata(stream, { maxCount: 2, colour: "green", acl: { readRoles: ["$all"] } });
    const { metadata } = await db.getStreamMetadata(stream);
    assert.equal(metadata.maxCount, 2);
    assert.equal(metadata.colour, "green");
    await db.setStreamMetadata(stream, { maxCount: 3 }, expecting(0n));
    await assert.rejects(db.setStreamMetadata(stream, { maxCount: 4 }, expecting(0n)),
                         api.WrongExpectedVersionError);
  });

  test("maxCount, maxAge and truncateBefore hide events", async () => {
    const stream = unique("hide");
    await db.appendToStream(stream, events(api, 10));
    await db.setStreamMetadata(stream, { maxCount: 3 });
    assert.deepEqual(numbers(await all(db.readStream(stream))), [7, 8, 9]);
    await db.setStreamMetadata(stream, { truncateBefore: 5 });
    assert.deepEqual(numbers(await all(db.readStream(stream, { fromRevision: 1n }))), [5, 6, 7, 8, 9]);
    assert.deepEqual(numbers(await all(db.readStream(stream, { direction: BACKWARDS, fromRevision: END }))),
                     [9, 8, 7, 6, 5]);
    await db.setStreamMetadata(stream, { maxAge: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(await all(db.readStream(stream)), []);
    await db.setStreamMetadata(stream, {});
    assert.equal((await all(db.readStream(stream))).length, 10);
  });

  test("a deleted stream is not found and comes back with the next event", async () => {
    const stream = unique("deleted");
    await db.appendToStream(stream, events(api, 3));
    await db.setStreamMetadata(stream, { colour: "red" });
    await assert.rejects(db.deleteStream(stream, expecting(7n)), (error) => {
      assert.ok(error instanceof api.WrongExpectedVersionError);
      assert.equal(error.actualVersion ?? error.actualState, 2n);
      return true;
    });
    const { position } = await db.deleteStream(stream, expecting(2n));
    assert.ok(position.commit > 0n);
    await assert.rejects(all(db.readStream(stream)), StreamNotFoundError);
    await assert.rejects(db.appendToStream(stream, events(api, 1), expecting(STREAM_EXISTS)),
                         StreamDeletedError);
    const back = await db.appendToStream(stream, events(api, 2), expecting(NO_STREAM));
    assert.equal(back.nextExpectedRevision, 4n);
    const found = await all(db.readStream(stream));
    assert.deepEqual(found.map(({ event }) => event.revision), [3n, 4n]);
    assert.equal((await db.getStreamMetadata(stream)).metadata.colour, "red");
  });

  test("a stream that never was is not at a revision", async () => {
    for (const expected of [0n, 7n]) {
      for (const close of ["deleteStream", "tombstoneStream"]) {
        const stream = unique("never");
        await assert.rejects(db[close](stream, expecting(expected)), (error) => {
          assert.ok(error instanceof api.WrongExpectedVersionError, `${close} ${expected}: ${error}`);
          assert.equal(error.actualVersion ?? error.actualState, "no_stream");
          return true;
        });
      }
    }
  });

  test("a deleted stream goes on with its revisions, whatever is expected", async () => {
    for (const expectedRevision of ["any", 1n]) {
      const stream = unique("back");
      await db.appendToStream(stream, events(api, 2));
      await db.deleteStream(stream);
      const back = await db.appendToStream(stream, events(api, 1), expecting(expectedRevision));
      assert.equal(back.nextExpectedRevision, 2n);
    }
  });

  test("a stream that is not there can be deleted unless it is expected to be", async () => {
    await db.deleteStream(unique("none"), expecting(NO_STREAM));
    await assert.rejects(db.deleteStream(unique("none"), expecting(0n)), (error) => {
      assert.ok(error instanceof api.WrongExpectedVersionError);
      assert.equal(error.actualVersion ?? error.actualState, "no_stream");
      return true;
    });
  });

  test("a tombstone closes the name for ever", async () => {
    const stream = unique("tombstone");
    await db.appendToStream(stream, events(api, 1));
    await db.tombstoneStream(stream);
    await assert.rejects(all(db.readStream(stream)), (error) => {
      assert.ok(error instanceof StreamDeletedError);
      assert.equal(error.streamName, stream);
      return true;
    });
    await assert.rejects(db.appendToStream(stream, events(api, 1)), StreamDeletedError);
    await assert.rejects(db.setStreamMetadata(stream, {}), StreamDeletedError);
    await assert.rejects(db.deleteStream(stream), StreamDeletedError);
    await assert.rejects(db.tombstoneStream(stream), StreamDeletedError);
    const last = await all(db.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1000 }));
    assert.ok(last.some(({ event }) => event.type === "$streamDeleted" && event.streamId === stream));
  });

  test("mlup's own streams are not deleted", async () => {
    const stream = "case-018f3c6e7d4b7a018f3c6e7d4b7a0001";
    await assert.rejects(db.deleteStream(stream), api.AccessDeniedError);
    await assert.rejects(db.tombstoneStream(stream), api.AccessDeniedError);
  });
});
