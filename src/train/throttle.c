#include "train/throttle.h"

#include "base/clock.h"

static const double most_seconds = 0.4;

void fm_throttle_begin(fm_throttle *throttle, fm_backend *backend) {
    throttle->backend = backend;
    throttle->drained = fm_clock_seconds();
    throttle->queued = 0;
}

int fm_throttle_add(fm_throttle *throttle, size_t images, fm_error *error) {
    throttle->queued += (double)images;
    if (throttle->image_seconds > 0 && throttle->queued * throttle->image_seconds < most_seconds)
        return FM_OK;
    int status = fm_backend_finish(throttle->backend, error);
    double now = fm_clock_seconds();
    throttle->image_seconds = (now - throttle->drained) / throttle->queued;
    throttle->drained = now;
    throttle->queued = 0;
    return status;
}
