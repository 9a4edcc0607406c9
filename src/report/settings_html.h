/* Adds settings, device and data set to a page. */
#ifndef FM_REPORT_SETTINGS_HTML_H
#define FM_REPORT_SETTINGS_HTML_H

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/experiment.h"
#include "fmnist_cl/trainer.h"
#include "report/html.h"

/* Call it between fm_html_facts_begin and fm_html_facts_end. Adds the network and the settings of
 * its training, except the one that an experiment varies; FM_FACTOR_FINAL varies none. */
void fm_settings_html_add(fm_html *page, const fm_architecture *architecture,
                          const fm_train_options *options, enum fm_factor varied);
/* Likewise: the device and its matrix products. */
void fm_settings_html_add_device(fm_html *page, const fm_device_info *device, enum fm_gemm gemm);

/* Adds a table of the data set's files and their checksums. */
void fm_settings_html_add_sums(fm_html *page, const fm_dataset *dataset);

#endif
