#include "cli/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/message.h"

enum { PATH_SIZE = 4096 };

/* The folder of the program; NULL if unknown. */
static const char *program_folder(char *out, size_t size) {
    ssize_t length = readlink("/proc/self/exe", out, size - 1);
    if (length <= 0)
        return NULL;
    out[length] = '\0';
    char *slash = strrchr(out, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    return out;
}

static int find_data(char *out, const cli_common *common, fm_error *error) {
    char program[PATH_SIZE];
    return fm_dataset_find(out, PATH_SIZE, common->data, getenv("FMNIST_DATA"),
                           program_folder(program, sizeof program), error);
}

int cli_dataset_load(fm_dataset **out, const cli_common *common, fm_error *error) {
    char folder[PATH_SIZE];
    int status = find_data(folder, common, error);
    return status ? status : fm_dataset_load(out, folder, error);
}

typedef struct loading {
    char folder[PATH_SIZE];
    fm_dataset *dataset;
    double seconds;
    int status;
    fm_error error;
} loading;

static void *load(void *argument) {
    loading *job = argument;
    double start = fm_clock_seconds();
    job->status = fm_dataset_load(&job->dataset, job->folder, &job->error);
    job->seconds = fm_clock_seconds() - start;
    return NULL;
}

/* The list's warnings matter if the choice fails, or with -v. */
int cli_device_choose(const fm_device_info **out, const fm_device_list *list,
                      const cli_common *common, fm_error *error) {
    int status = fm_device_list_choose(out, list, common->device, error);
    if (status || common->verbosity > 0) {
        for (size_t i = 0; i < fm_device_list_warning_count(list); i++)
            cli_warning("%s", fm_device_list_warning(list, i));
    }
    return status;
}

static void print_device(const cli_session *session, double seconds) {
    const fm_device_info *info = fm_device_get_info(session->device);
    cli_note("device %d: %s, %s (%s), ready after %.2f s", info->number, info->name,
             fm_device_type_name(info->type), info->platform, seconds);
}

/* *seconds is the time to open the device, without listing devices. */
static int open_device(fm_device **out, double *seconds, const cli_common *common,
                       enum fm_gemm gemm, const cli_workload *workload, fm_error *error) {
    fm_device_list *list = NULL;
    const fm_device_info *info;
    int status = fm_device_list_create(&list, error);
    if (!status)
        status = cli_device_choose(&info, list, common, error);
    double start = fm_clock_seconds();
    if (!status)
        status = cli_device_open(out, list, info, gemm, workload, common, error);
    *seconds = fm_clock_seconds() - start;
    fm_device_list_free(list);
    return status;
}

int cli_session_open(cli_session *out, const cli_common *common, enum fm_gemm gemm,
                     const cli_workload *workload, fm_error *error) {
    loading job = {.dataset = NULL};
    pthread_t thread;
    double device_seconds;
    *out = (cli_session){NULL, NULL};
    /* Reports a wrong folder before anything slow starts. */
    int status = find_data(job.folder, common, error);
    if (status)
        return status;
    int threaded = !pthread_create(&thread, NULL, load, &job);
    status = open_device(&out->device, &device_seconds, common, gemm, workload, error);
    if (threaded)
        pthread_join(thread, NULL);
    else if (!status)
        load(&job);
    out->dataset = job.dataset;
    if (!status && job.status) {
        status = job.status;
        if (error)
            *error = job.error;
    }
    if (!status && common->verbosity > 0) {
        print_device(out, device_seconds);
        cli_note("data: %s, read in %.2f s", fm_dataset_folder(out->dataset), job.seconds);
    }
    if (status)
        cli_session_close(out);
    return status;
}

int cli_session_open_device(cli_session *out, const cli_common *common, enum fm_gemm gemm,
                            fm_error *error) {
    double seconds;
    *out = (cli_session){NULL, NULL};
    int status = open_device(&out->device, &seconds, common, gemm, NULL, error);
    if (!status && common->verbosity > 0)
        print_device(out, seconds);
    return status;
}

void cli_session_close(cli_session *session) {
    fm_device_close(session->device);
    fm_dataset_free(session->dataset);
    *session = (cli_session){NULL, NULL};
}
