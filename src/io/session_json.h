/* The record of a session, one process that trains or runs an experiment: program, build, machine,
 * device and times, as JSON:
 *
 *     {"version", "commit", "build", "host", "system", "processor", "device", "driver",
 *      "started", "ended", "seconds"}
 *
 * Times are UTC, as in "2026-12-01T04:05:06Z". */
#ifndef FM_IO_SESSION_JSON_H
#define FM_IO_SESSION_JSON_H

#include <jansson.h>

#include "fmnist_cl/device.h"

/* A session that started so many seconds ago; "ended" and "seconds" are null. NULL if out of
 * memory.
 */
json_t *fm_session_json(const fm_device_info *device, double seconds_ago);

/* The session has lasted this long until now. */
void fm_session_json_end(json_t *session, double seconds);

#endif
