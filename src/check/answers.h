/* Known answers: operations small enough to compute by hand. They also check the reference, on
 * which the rest of the check relies. */
#ifndef FM_CHECK_ANSWERS_H
#define FM_CHECK_ANSWERS_H

#include "backend/backend.h"

/* with_prelu: includes PReLU's operations. FM_E_WRONG, and errors of the back end. */
int fm_check_answers(fm_backend *backend, int with_prelu, fm_error *error);

#endif
