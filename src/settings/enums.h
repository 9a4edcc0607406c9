/* The names of enums (base/names.h). */
#ifndef FM_SETTINGS_ENUMS_H
#define FM_SETTINGS_ENUMS_H

extern const char *const fm_activation_names[]; /* enum fm_activation */
extern const char *const fm_gemm_names[];       /* enum fm_gemm */
extern const char *const fm_loss_names[];       /* enum fm_loss */
extern const char *const fm_optimizer_names[];  /* enum fm_optimizer_kind */

#endif
