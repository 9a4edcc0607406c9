/* Settings, device and data as parts of a page: what a result rests on. */
#ifndef FM_REPORT_SETTINGS_HTML_H
#define FM_REPORT_SETTINGS_HTML_H

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/experiment.h"
#include "fmnist_cl/trainer.h"
#include "report/html.h"

/* Between fm_html_facts_begin and fm_html_facts_end: the network and how it is trained, but for
 * what an experiment varies; FM_FACTOR_FINAL varies nothing. */
void fm_settings_html_add(fm_html *page, const fm_architecture *architecture,
                          const fm_train_options *options, enum fm_factor varied);
/* The same: the device and who multiplies. */
void fm_settings_html_add_device(fm_html *page, const fm_device_info *device, enum fm_gemm gemm);

/* A table of the data set's files and their sums. */
void fm_settings_html_add_sums(fm_html *page, const fm_dataset *dataset);

#endif
