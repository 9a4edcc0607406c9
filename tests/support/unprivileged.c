#include "support/unprivileged.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

enum { NOBODY = 65534, CANNOT_CHANGE = 77 };

int unprivileged_become(void) {
    return geteuid() != 0 || (!setgid(NOBODY) && !setuid(NOBODY));
}

void unprivileged_run(int (*check)(const char *argument), const char *argument) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!unprivileged_become())
            _exit(CANNOT_CHANGE);
        _exit(check(argument) ? 1 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CANNOT_CHANGE) {
        print_message("skipped: root, and the user cannot be changed here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}
