/* Reads the names that programs give to the tensors of linear layers. */
#ifndef FM_IO_WEIGHTS_NAMES_H
#define FM_IO_WEIGHTS_NAMES_H

enum fm_tensor_role {
    FM_ROLE_NONE,
    FM_ROLE_WEIGHT, /* "fc1.weight", "W1": a matrix [outputs, inputs], or a slope */
    FM_ROLE_KERNEL, /* "dense/kernel:0": a matrix [inputs, outputs] */
    FM_ROLE_BIAS,
};

enum { FM_MODULE_SIZE = 200 };

/* The role of a tensor with this name. Writes the name of its module, which a layer's weight and
 * bias have in common: "module.fc1" of "module.fc1.weight". FM_ROLE_NONE if the name tells no role
 * or is too long. */
enum fm_tensor_role fm_tensor_role_of(char module[FM_MODULE_SIZE], const char *name);

/* Whether the name is one that this program gives, such as "12.weight". */
int fm_tensor_name_is_ours(const char *name);

/* Compares modules by their numbers, so that "layer2" comes before "layer10"; <0, 0 or >0 as
 * strcmp. *is_same_series: they differ only in numbers, so that this is the order of their layers.
 */
int fm_module_compare(int *is_same_series, const char *a, const char *b);

#endif
