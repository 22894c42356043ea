/** A message that no client of ours would send: it is answered with an error, and nothing else happens. */
export class BadPageMessage extends Error {}
