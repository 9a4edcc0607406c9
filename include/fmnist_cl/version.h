/* The program's version; CMakeLists.txt reads it from here. */
#ifndef FMNIST_CL_VERSION_H
#define FMNIST_CL_VERSION_H

#define FM_VERSION "0.1.0"

#endif
