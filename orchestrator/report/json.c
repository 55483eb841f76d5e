#include "report/json.h"

#include "base/file.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_number(cJSON *object, const char *key, double x)
{
    cJSON_AddItemToObject(object, key,
                          isfinite(x) ? cJSON_CreateNumber(x) : cJSON_CreateNull());
}

void json_numbers(cJSON *object, const char *keys, const double x[])
{
    char *own = mem_copy_string(keys), *rest = own, *key;
    while ((key = strsep(&rest, ",")))
        json_number(object, key, *x++);
    free(own);
}

void json_text(cJSON *object, const char *key, const char *text)
{
    cJSON_AddItemToObject(object, key,
                          text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

double json_get(const cJSON *object, const char *key, double otherwise)
{
    const char *dot = strchr(key, '.');
    const cJSON *item;
    struct buf outer = {0};
    if (dot) {
        buf_append(&outer, key, (size_t)(dot - key));
        object = cJSON_GetObjectItemCaseSensitive(object, outer.data);
        buf_finish(&outer);
        return json_get(object, dot + 1, otherwise);
    }
    item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

void json_print(const cJSON *object)
{
    char *text = cJSON_Print(object);
    puts(text);
    cJSON_free(text);
}

void json_print_and_delete(cJSON *object)
{
    json_print(object);
    cJSON_Delete(object);
}

int json_write_in(const char *folder, const char *name, const cJSON *object,
                  struct err *e)
{
    char *text = cJSON_Print(object);
    struct buf out = {0};
    buf_printf(&out, "%s\n", text);
    int status = file_write_in(folder, name, out.data, out.len, e);
    buf_finish(&out);
    cJSON_free(text);
    return status;
}
