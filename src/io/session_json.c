#include "io/session_json.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/clock.h"
#include "build_info.h"
#include "fmnist_cl/version.h"
#include "io/json.h"

enum { TIME_SIZE = 32 };

static json_t *date_json(double seconds_ago) {
    char text[TIME_SIZE];
    struct tm utc;
    const time_t seconds = (time_t)(fm_clock_date() - seconds_ago);
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(text);
}

/* The processor's name, as Linux gives it; else the kind of machine. */
static void name_processor(char *out, size_t size, const char *machine) {
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(out, size, "%s", machine);
    while (file && fgets(line, sizeof line, file)) {
        const char *value = strstr(line, ": ");
        if (value && !strncmp(line, "model name", strlen("model name"))) {
            snprintf(out, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
            break;
        }
    }
    if (file)
        fclose(file);
}

json_t *fm_session_json(const fm_device_info *device, double seconds_ago) {
    struct utsname system = {.nodename = ""};
    char name[sizeof system.sysname + sizeof system.release + sizeof system.machine + 3];
    char processor[256];
    uname(&system);
    snprintf(name, sizeof name, "%s %s %s", system.sysname, system.release, system.machine);
    name_processor(processor, sizeof processor, system.machine);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:n, s:n}", "version",
                     FM_VERSION, "commit", FM_BUILD_COMMIT, "build",
                     FM_BUILD_COMPILER ", " FM_BUILD_TYPE, "host", fm_json_text(system.nodename),
                     "system", fm_json_text(name), "processor", fm_json_text(processor), "device",
                     fm_json_text(device->name), "driver", fm_json_text(device->driver), "started",
                     date_json(seconds_ago), "ended", "seconds");
}

void fm_session_json_end(json_t *session, double seconds) {
    json_object_set_new(session, "ended", date_json(0));
    json_object_set_new(session, "seconds", fm_json_real(seconds));
}
