/* Operations whose answers are known: small enough to be reckoned by hand, written down here. They
 * hold the reference too, which the rest of the check takes for right. */
#ifndef FM_CHECK_ANSWERS_H
#define FM_CHECK_ANSWERS_H

#include "backend/backend.h"

/* with_prelu: whether PReLU's operations are asked as well. FM_E_WRONG, and errors of the
 * operations. */
int fm_check_answers(fm_backend *backend, int with_prelu, fm_error *error);

#endif
