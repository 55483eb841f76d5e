/* The files of a circuit: their hashes, and their copy in a run's folder. */
#include "circuit/circuit.h"

#include "base/mem.h"
#include "spice/includes.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Also behind a link, and where a file system does not tell kinds of entries. */
static bool is_regular(const char *folder, const char *name)
{
    struct stat st;
    char *path = path_join(folder, name);
    bool regular = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    free(path);
    return regular;
}

/* Appends "sha256 name" of each regular file of a folder, by name. */
static int hash_folder(const char *folder, struct buf *out, struct err *e)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, NULL), status = 0;
    if (n < 0)
        return err_errno(e, "read", folder);
    char **name = mem_alloc((size_t)n, sizeof *name);
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        if (is_regular(folder, entry[i]->d_name))
            name[count++] = mem_copy_string(entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    qsort(name, count, sizeof *name, compare_names);
    for (size_t i = 0; i < count; i++) {
        char hex[SHA256_HEX], *path = path_join(folder, name[i]);
        if (status == 0)
            status = sha256_file(path, hex, e);
        if (status == 0)
            buf_printf(out, "%s %s\n", hex, name[i]);
        free(path);
        free(name[i]);
    }
    free(name);
    return status;
}

static void hash_text(const struct buf *text, const char *as, struct buf *out)
{
    char hex[SHA256_HEX];
    sha256_hex(buf_text(text), text->len, hex);
    buf_printf(out, "%s %s\n", hex, as);
}

/* "sha256 name" of each file in netlists/ and models/. */
static int hash_blocks(const char *circuit, struct buf *out, struct err *e)
{
    char *netlists = path_join(circuit, "netlists"),
         *models = path_join(circuit, "models");
    int status = hash_folder(netlists, out, e);
    if (status == 0)
        status = hash_folder(models, out, e);
    free(netlists);
    free(models);
    return status;
}

/* Whether the blocks are others than those that ship, wherever they stand. */
static int compare_with_shipped(struct circuit *c, const struct buf *blocks,
                                struct err *e)
{
    struct buf shipped = {0};
    if (!c->study->circuit.folder[0])
        return 0;
    int status = hash_blocks(c->root, &shipped, e);
    c->own_blocks = status == 0 && strcmp(buf_text(&shipped), buf_text(blocks)) != 0;
    buf_finish(&shipped);
    return status;
}

/* ---- links ---- */

static bool stands_below(const char *folder, const char *path)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (folder[n - 1] == '/' || path[n] == '/');
}

/* Whoever made the folder may not choose what else of the user's is read and copied. */
static int check_link(const char *folder, const char *name, struct err *e)
{
    char *path = path_join(folder, name), *target = realpath(path, NULL);
    int status = 0;
    if (target && !stands_below(folder, target)) {
        status = err_set(e, ERR_INPUT,
                         "a link out of circuit.folder is refused: to %.300s", target);
        err_hint(e, "put a copy of the file in its place (cp -L)");
        err_place(e, "%s", path);
    }
    free(path);
    free(target);
    return status;
}

/* Of one of its two folders: itself, and each entry. */
static int check_links_in(const char *folder, const char *part, struct err *e)
{
    struct dirent *entry;
    int status = check_link(folder, part, e);
    char *path = path_join(folder, part);
    DIR *dir = status == 0 ? opendir(path) : NULL;
    while (dir && status == 0 && (entry = readdir(dir))) {
        struct buf name = {0};
        buf_printf(&name, "%s/%s", part, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = check_link(folder, name.data, e);
        buf_finish(&name);
    }
    if (dir)
        closedir(dir);
    free(path);
    return status;
}

/* Those that ship may be links: an installation is trusted. */
int circuit_check_links(const struct circuit *c, struct err *e)
{
    if (!c->study->circuit.folder[0])
        return 0;
    int status = check_links_in(c->folder, "netlists", e);
    return status < 0 ? status : check_links_in(c->folder, "models", e);
}

/* ---- what the files include ---- */

/* Whether a file includes more than neighbours, which are copied with it. */
struct reach {
    char *netlists, *models; /* real paths */
    bool far;
};

static void notice(void *context, const char *name, const char *path, const char *section)
{
    struct reach *r = context;
    AUTO(buf_finish) struct buf folder = {0};
    buf_append(&folder, path, (size_t)(path_base(path) - path));
    AUTO_FREE char *real = realpath(buf_text(&folder), NULL);
    r->far |= section || *name == '/' || *name == '~' || !real || !r->netlists ||
              !r->models ||
              (strcmp(real, r->netlists) != 0 && strcmp(real, r->models) != 0);
}

/* Keeps its text if it includes more than its neighbours. A file that is not there is
 * found missing by who reads it. */
static int read_whole(struct circuit *c, struct reach *r, const char *name, struct err *e)
{
    const struct includes how = {
        .deck = c->folder, .within = c->folder, .met = notice, .context = r};
    AUTO(buf_finish) struct buf text = {0};
    AUTO_FREE char *path = path_join(c->folder, name);
    r->far = false;
    int status = file_exists(path) ? includes_read(&how, path, &text, e) : 0;
    if (status == 0 && r->far) {
        c->whole = mem_resize(c->whole, c->wholes + 1, sizeof *c->whole);
        c->whole[c->wholes++] = (struct circuit_file){mem_copy_string(name), text};
        text = (struct buf){0};
    }
    return status;
}

static int read_folder(struct circuit *c, struct err *e)
{
    AUTO_FREE char *variant = path_join("netlists", c->variant);
    AUTO_FREE char *netlists = path_join(c->folder, "netlists");
    AUTO_FREE char *models = path_join(c->folder, "models");
    struct reach r = {realpath(netlists, NULL), realpath(models, NULL), false};
    int status = c->variant[0] == '/' ? 0 : read_whole(c, &r, variant, e);
    for (size_t k = 0; status == 0 && circuit_blocks[k]; k++)
        status = read_whole(c, &r, circuit_blocks[k], e);
    free(r.netlists), free(r.models);
    return status;
}

int circuit_read_files(struct circuit *c, struct err *e)
{
    const struct includes how = {.deck = c->folder};
    if (c->include && includes_read(&how, c->include, &c->include_text, e) < 0)
        return e->hint[0] || file_exists(c->include)
                   ? -1
                   : err_hint(e, "circuit.include names a file for every deck");
    if (c->variant[0] == '/' && includes_read(&how, c->variant, &c->params_text, e) < 0)
        return e->hint[0] || file_exists(c->variant)
                   ? -1
                   : err_hint(e, "circuit.params names a file as `spikebar calibrate` "
                                 "writes it");
    return c->study->circuit.folder[0] ? read_folder(c, e) : 0;
}

int circuit_hash(struct circuit *c, struct err *e)
{
    struct buf list = {0};
    int status = hash_blocks(c->folder, &list, e);
    if (status == 0)
        status = compare_with_shipped(c, &list, e);
    for (size_t k = 0; k < c->wholes; k++)
        hash_text(&c->whole[k].text, c->whole[k].name, &list);
    if (c->include)
        hash_text(&c->include_text, "include", &list);
    if (c->variant[0] == '/')
        hash_text(&c->params_text, "params", &list);
    if (c->memristor.path)
        buf_printf(&list, "%s memristor %s %s\n", c->memristor.sha256,
                   c->memristor.subckt, c->memristor.params);
    sha256_hex(buf_text(&list), list.len, c->sha256);
    buf_finish(&list);
    return status;
}

static int copy_file(const char *from, const char *to, struct err *e)
{
    struct buf bytes = {0};
    int status = file_read(from, (size_t)1 << 26, &bytes, e);
    if (status == 0)
        status = file_write(to, buf_text(&bytes), bytes.len, e);
    buf_finish(&bytes);
    return status;
}

/* The regular files of from/name to to/name. */
static int copy_folder(const char *from, const char *to, const char *name, struct err *e)
{
    char *source = path_join(from, name), *target = path_join(to, name);
    struct dirent *entry;
    int status = dir_make(target, e);
    DIR *dir = status == 0 ? opendir(source) : NULL;
    if (status == 0 && !dir)
        status = err_errno(e, "read", source);
    while (dir && status == 0 && (entry = readdir(dir))) {
        if (!is_regular(source, entry->d_name))
            continue;
        char *a = path_join(source, entry->d_name), *b = path_join(target, entry->d_name);
        status = copy_file(a, b, e);
        free(a);
        free(b);
    }
    if (dir)
        closedir(dir);
    free(source);
    free(target);
    return status;
}

int circuit_adopt(struct circuit *c, const char *folder, struct err *e)
{
    static const char own_include[] = "user.inc", own_params[] = "user.param",
                      own_model[] = "user_memristor.sub";
    char *to = path_join(folder, "circuit"), *include = path_join(to, own_include);
    int status = circuit_check_links(c, e);
    if (status == 0)
        status = copy_folder(c->folder, to, "netlists", e);
    if (status == 0)
        status = copy_folder(c->folder, to, "models", e);
    for (size_t k = 0; k < c->wholes && status == 0; k++)
        status = file_write_in(to, c->whole[k].name, buf_text(&c->whole[k].text),
                               c->whole[k].text.len, e);
    if (status == 0 && c->include) {
        status = file_write(include, buf_text(&c->include_text), c->include_text.len, e);
        free(c->include);
        c->include = mem_copy_string(own_include);
    }
    if (status == 0 && c->model) {
        char *model = path_join(to, own_model);
        status = copy_file(c->memristor.path, model, e);
        free(c->model);
        free(model);
        c->model = mem_copy_string(own_model);
    }
    if (status == 0 && c->variant[0] == '/') {
        struct buf path = {0};
        buf_printf(&path, "%s/netlists/%s", to, own_params);
        status = file_write(path.data, buf_text(&c->params_text), c->params_text.len, e);
        buf_finish(&path);
        free(c->variant);
        c->variant = mem_copy_string(own_params);
    }
    if (status == 0) {
        circuit_forget_texts(c);
        free(c->folder);
        c->folder = realpath(to, NULL);
        if (!c->folder)
            status = err_errno(e, "read", to);
    }
    free(to);
    free(include);
    return status;
}
