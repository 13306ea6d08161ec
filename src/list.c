#include "src/list.h"

#include "common/listing.h"
#include "src/backend.h"

static bool entry_of(size_t i, struct listing_entry *entry)
{
    const struct backend *backend = backends[i];

    if (backend == NULL)
        return false;
    *entry = (struct listing_entry){
        .name = backend->name,
        .summary = backend->summary,
        .family = backend->family,
        .compute = backend_compute_name(backend->compute),
        .concurrent = backend->concurrent_connections,
        .probe = backend->probe,
    };
    return true;
}

int list_backends(bool json)
{
    static const struct listing listing = {
        .name_width = 18, .concurrent = "concurrent_connections", .entry = entry_of};

    return listing_print(&listing, json);
}
