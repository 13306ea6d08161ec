#include "clients/web/list.h"

#include "clients/web/strategy.h"
#include "common/listing.h"

static bool entry_of(size_t i, struct listing_entry *entry)
{
    const struct strategy *strategy = strategies[i];

    if (strategy == NULL)
        return false;
    *entry = (struct listing_entry){
        .name = strategy->name,
        .summary = strategy->summary,
        .family = strategy->family,
        .concurrent = strategy->concurrent,
        .probe = strategy->probe,
    };
    return true;
}

int web_list_backends(bool json)
{
    static const struct listing listing = {
        .name_width = 10, .concurrent = "concurrent", .entry = entry_of};

    return listing_print(&listing, json);
}
