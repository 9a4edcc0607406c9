/* fmnist-cl: the program. Finds the command, parses its options, runs it, prints its error and
 * returns the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/shell.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "fmnist_cl/version.h"

enum { EXIT_USAGE = 2 };

static const cli_command *const commands[] = {&cli_devices, &cli_show,    &cli_train, &cli_eval,
                                              &cli_predict, &cli_explore, &cli_study, &cli_bench,
                                              &cli_tune,    &cli_export};
enum { COMMAND_COUNT = FM_COUNT(commands) };

static void print_usage(FILE *out) {
    fputs("Usage: fmnist-cl COMMAND [OPTIONS] [ARGUMENTS]\n"
          "       fmnist-cl --help | --version\n\n"
          "Trains fully connected networks on Fashion-MNIST, on any OpenCL device.\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "  %-10s %s\n", "help", "Prints this, or the help of a command.");
    fputs("\n'fmnist-cl COMMAND --help' lists the options of a command with their defaults.\n",
          out);
}

static void print_help(const cli_command *command) {
    printf("Usage: fmnist-cl %s [OPTIONS]%s%s\n\n%s\n", command->name,
           command->operands[0] ? " " : "", command->operands, command->summary);
    if (command->about[0])
        printf("%s\n", command->about);
    if (command->list)
        command->list(stdout);
    cli_options_help(stdout, command->groups);
}

static const cli_command *find(const char *name, fm_error *error) {
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i]->name;
        if (!strcmp(name, names[i]))
            return commands[i];
    }
    int option = name[0] == '-';
    fm_error_set(error, FM_E_ARGUMENT, name, option ? "no such option" : "no such command");
    const char *near = option ? NULL : fm_nearest(name, names, COMMAND_COUNT);
    if (near)
        fm_error_hint(error, "did you mean '%s'?", near);
    else
        fm_error_hint(error, "see 'fmnist-cl --help'");
    return NULL;
}

static int check_operands(const cli_command *command, const cli_arguments *arguments,
                          fm_error *error) {
    if (arguments->operand_count > command->operand_count && !command->more_operands)
        return fm_error_set(error, FM_E_ARGUMENT, arguments->operands[command->operand_count],
                            "unexpected argument");
    if (arguments->operand_count < command->operand_count)
        return fm_error_set(error, FM_E_ARGUMENT, command->name, "needs %s", command->operands);
    return FM_OK;
}

/* The command line with shell quoting; the caller frees it. */
static int join(char **out, const cli_command *command, int argc, char **argv, fm_error *error) {
    fm_text text = {0};
    fm_text_print(&text, "fmnist-cl %s", command->name);
    for (int i = 0; i < argc; i++) {
        fm_text_add(&text, " ");
        fm_shell_add_word(&text, argv[i]);
    }
    return fm_text_take(out, &text, "the command", error);
}

static int run(const cli_command *command, int argc, char **argv, double started, fm_error *error) {
    cli_arguments arguments;
    void *settings = NULL;
    char *line = NULL;
    int status = fm_memory_allocate(&settings, 1, command->settings_size, "options", error);
    if (!status)
        status = join(&line, command, argc, argv, error);
    if (!status)
        status = cli_options_parse(&arguments, settings, command->groups, argc, argv, error);
    if (!status && arguments.help) {
        print_help(command);
        goto out;
    }
    if (!status)
        status = check_operands(command, &arguments, error);
    if (!status) {
        ((cli_common *)settings)->started = started;
        arguments.line = line;
        status = command->run(settings, &arguments, error);
    }
    if (status == FM_E_ARGUMENT && error->hint[0] == '\0')
        fm_error_hint(error, "see 'fmnist-cl %s --help'", command->name);
out:
    free(line);
    free(settings);
    return status;
}

static int dispatch(int argc, char **argv, double started, fm_error *error) {
    if (argc < 2) {
        fm_error_set(error, FM_E_ARGUMENT, "", "a command is missing");
        return fm_error_hint(error, "see 'fmnist-cl --help'");
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_usage(stdout);
        return FM_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("fmnist-cl " FM_VERSION);
        return FM_OK;
    }
    if (!strcmp(argv[1], "help") && (argc == 2 || argv[2][0] == '-')) {
        print_usage(stdout);
        return FM_OK;
    }
    if (!strcmp(argv[1], "help")) {
        const cli_command *wanted = find(argv[2], error);
        if (wanted)
            print_help(wanted);
        return wanted ? FM_OK : FM_E_ARGUMENT;
    }
    const cli_command *command = find(argv[1], error);
    return command ? run(command, argc - 2, argv + 2, started, error) : FM_E_ARGUMENT;
}

/* If a standard stream is closed, the next opened file would get its number, and output would go to
 * that file. This reserves the number with /dev/null, opened so that reading or writing still
 * fails. */
static void hold_standard_streams(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int number = 0; number < 3; number++) {
        if (fcntl(number, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", modes[number]);
    }
}

int main(int argc, char **argv) {
    double started = fm_clock_seconds();
    hold_standard_streams();
    /* A closed pipe and a file size limit are reported as failed writes. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    cli_interrupt_start();
    fm_error error = {0};
    int status = dispatch(argc, argv, started, &error);
    if (status)
        cli_error_print(&error);
    int exit_status = status == FM_OK              ? EXIT_SUCCESS
                      : status == FM_E_ARGUMENT    ? EXIT_USAGE
                      : status == FM_E_INTERRUPTED ? CLI_EXIT_INTERRUPTED
                                                   : EXIT_FAILURE;
    /* Reports only the first error, so that a full disk is not reported twice. */
    if (cli_finish_output(&error) && exit_status == EXIT_SUCCESS) {
        cli_error_print(&error);
        exit_status = EXIT_FAILURE;
    }
    return exit_status;
}
