/* FM_CLONES before a function has it compiled for processors without and with wider vectors; which
 * one runs is found out as the program is loaded. Where compiler or C library cannot, it is
 * compiled once, and with sanitizers too: their code must not run that early. The function must
 * give the same bits however it is compiled. */
#ifndef FM_BASE_CLONES_H
#define FM_BASE_CLONES_H

#include <stddef.h> /* brings __GLIBC__ */

#ifdef __has_feature
#define FM_HAS_FEATURE(name) __has_feature(name)
#else
#define FM_HAS_FEATURE(name) 0
#endif

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) &&                              \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&                             \
    !FM_HAS_FEATURE(address_sanitizer) && !FM_HAS_FEATURE(thread_sanitizer)
#define FM_CLONES __attribute__((target_clones("default", "fma", "avx512f")))
#else
#define FM_CLONES
#endif

#endif
