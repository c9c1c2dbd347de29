// Ids of records.
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// Its beginning, by which a person tells it from the others on a page.
export const shortId = (id: string): string => `${id.slice(0, 8)}…`;
