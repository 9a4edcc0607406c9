/* Wrapping functions by the linker (tests/CMakeLists.txt says how). */
#ifndef FM_TESTS_WRAP_H
#define FM_TESTS_WRAP_H

/* Declares NAME's real function and begins the definition of its wrapper. */
#define WRAP(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

#endif
