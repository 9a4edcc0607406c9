#include "nn/schedule.h"

#include <math.h>

size_t fm_schedule_slots(const fm_optimizer *optimizer) {
    switch (optimizer->kind) {
    case FM_ADAM:
        return 2;
    case FM_RMSPROP:
        return optimizer->momentum != 0 ? 2 : 1;
    case FM_SGD:
    default:
        return optimizer->momentum != 0 ? 1 : 0;
    }
}

void fm_schedule_update(fm_update *out, const fm_optimizer *o, uint64_t step) {
    *out = (fm_update){
        .lr = (float)o->lr,
        .weight_decay = (float)o->weight_decay,
        .momentum = (float)o->momentum,
        .eps = (float)o->eps,
    };
    switch (o->kind) {
    case FM_ADAM:
        out->rule = FM_UPDATE_ADAM;
        out->decay1 = (float)o->beta1;
        out->rest1 = (float)(1 - o->beta1);
        out->decay2 = (float)o->beta2;
        out->rest2 = (float)(1 - o->beta2);
        /* The bias corrections of both moments, which start at 0 (Kingma and Ba, 2014). */
        out->step_size = (float)(o->lr / (1 - pow(o->beta1, (double)step)));
        out->root_scale = (float)(1 / sqrt(1 - pow(o->beta2, (double)step)));
        break;
    case FM_RMSPROP:
        out->rule = FM_UPDATE_RMSPROP;
        out->decay1 = (float)o->alpha;
        out->rest1 = (float)(1 - o->alpha);
        break;
    case FM_SGD:
    default:
        out->rule = FM_UPDATE_SGD;
        out->nesterov = o->nesterov != 0;
        break;
    }
}
