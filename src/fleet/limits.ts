/** Most characters of a tenant, fleet or agent id. */
export const ID_LENGTH_MAX = 128;

/** Most agents of one cell; more are refused, so that topology and memory stay bounded. */
export const AGENTS_PER_CELL_MAX = 256;

/** Most cells of one fleet. */
export const CELLS_PER_FLEET_MAX = 4096;

/** Most caller-callee pairs kept in one window of one cell. */
export const EDGES_PER_WINDOW_MAX = 4096;

/** Most windows of one cell open at a time. One record may carry hours of a catching-up producer, so this is far above what is usual. */
export const OPEN_WINDOWS_MAX = 16_384;

/**
 * Most bytes of what one cell's open windows hold, as its state is stored: with its agents, which take less than 256 KiB, it is one record of the log, of 7.9 MiB
 * at most. Windows that no event time has reached yet may take half of it, so that a fast clock leaves room to the others.
 */
export const OPEN_BYTES_MAX = 6 * 1024 * 1024;

/** Windows without any report that are still published in a row; after them a cell falls quiet until somebody reports again or its agents are forgotten. */
export const EMPTY_WINDOWS_MAX = 60;

/** Most raw metrics of one heartbeat. */
export const METRICS_MAX = 256;

/** Most characters of a metric's name. */
export const METRIC_NAME_LENGTH_MAX = 256;

/** Largest signal, in the signal's own unit: sums over a window stay exact enough and finite. */
export const SIGNAL_MAX = 1e12;

/** Largest magnitude of a raw metric. */
export const METRIC_MAX = 1e18;

/** Most requests in one interaction record, so that a window's sum stays a safe integer. */
export const REQUESTS_MAX = 1e9;

/** How far a time may lie past the broker's append time, in ms, unless the caller says otherwise. */
export const AHEAD_MS_DEFAULT = 60_000;

/** Latest time that is understood, in ms since the epoch: the largest time value of ECMA-262. */
export const TIME_MS_MAX = 8.64e15;
