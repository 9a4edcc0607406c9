#include "train/pace.h"

#include "base/clock.h"

static const double most_seconds = 0.4;

void fm_pace_begin(fm_pace *pace, fm_ops *ops) {
    pace->ops = ops;
    pace->drained = fm_clock_seconds();
    pace->waiting = 0;
}

int fm_pace_add(fm_pace *pace, size_t images, fm_error *error) {
    pace->waiting += (double)images;
    if (pace->image_seconds > 0 && pace->waiting * pace->image_seconds < most_seconds)
        return FM_OK;
    int status = fm_ops_finish(pace->ops, error);
    double now = fm_clock_seconds();
    pace->image_seconds = (now - pace->drained) / pace->waiting;
    pace->drained = now;
    pace->waiting = 0;
    return status;
}

int fm_pace_is_drained(const fm_pace *pace) {
    return pace->waiting == 0;
}
