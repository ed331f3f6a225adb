// The server will not start, for a reason that a person can do something about.
export class Refused extends Error {}
