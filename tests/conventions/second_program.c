/* A program that uses the library, which check_install.sh builds against the installed files. */
#include <fmnist_cl/device.h>
#include <stdio.h>

int main(void) {
    fm_error error = {0};
    fm_device_list *list = NULL;
    if (fm_device_list_create(&list, &error) != FM_OK) {
        return 1;
    }
    for (size_t i = 0; i < fm_device_list_count(list); i++) {
        const fm_device_info *device = fm_device_list_get(list, i);
        printf("%d %s %s\n", device->number, fm_device_type_name(device->type), device->name);
    }
    fm_device_list_free(list);
    return 0;
}
