/* Brackets around the declarations of every public header: C++ programs get C linkage, and the
 * shared library exports what stands between them and nothing else. */
#ifndef FMNIST_CL_DECLS_H
#define FMNIST_CL_DECLS_H

#ifdef __GNUC__
#define FM_EXPORT_PUSH _Pragma("GCC visibility push(default)")
#define FM_EXPORT_POP  _Pragma("GCC visibility pop")
#else
#define FM_EXPORT_PUSH
#define FM_EXPORT_POP
#endif

#ifdef __cplusplus
#define FM_BEGIN_DECLS                                                                             \
    extern "C" {                                                                                   \
    FM_EXPORT_PUSH
#define FM_END_DECLS                                                                               \
    FM_EXPORT_POP                                                                                  \
    }
#else
#define FM_BEGIN_DECLS FM_EXPORT_PUSH
#define FM_END_DECLS   FM_EXPORT_POP
#endif

#endif
