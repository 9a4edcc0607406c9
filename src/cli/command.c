/* The options that every command takes. */
#include "cli/command.h"

#define AT(member) offsetof(cli_common, member)

const fm_option cli_common_options[] = {
    {"device", FM_OPTION_TEXT, 0, "D", NULL,
     "the device: a number from 'fmnist-cl devices'; or gpu, cpu, reference (plain C on the "
     "host, no OpenCL); or part of a device's name [the first GPU, else the first OpenCL CPU]",
     .offset = AT(device)},
    {"data", FM_OPTION_TEXT, 0, "DIR", NULL,
     "folder with the four IDX files, .gz or not [$FMNIST_DATA, else data/fashion-mnist beside "
     "the program or in the current folder, else the system package]",
     .offset = AT(data)},
    {"seed", FM_OPTION_UNSIGNED, 0, "N", "0", "seed of all random numbers", .offset = AT(seed)},
    {"json", FM_OPTION_FLAG, 0, NULL, NULL,
     "print the result as one JSON document on stdout [text]", .offset = AT(json), .value = 1},
    {"quiet", FM_OPTION_FLAG, 'q', NULL, NULL, "print only results and errors",
     .offset = AT(verbosity), .value = -1},
    {"verbose", FM_OPTION_FLAG, 'v', NULL, NULL, "print more details", .offset = AT(verbosity),
     .value = 1},
    {"help", FM_OPTION_HELP, 'h', NULL, NULL, "print this help", .offset = 0},
    {.name = NULL},
};
