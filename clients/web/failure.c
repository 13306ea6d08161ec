#include "clients/web/failure.h"

#include <errno.h>

static enum failure of_connecting(long os_error)
{
    switch (os_error) {
    case ECONNREFUSED:
        return FAILURE_REFUSED;
    case ETIMEDOUT:
        return FAILURE_CONNECT_TIMEOUT;
    default:
        return FAILURE_UNREACHABLE;
    }
}

static enum failure of_time(const struct failure_facts *facts)
{
    if (facts->total_over)
        return FAILURE_TIMEOUT;
    return facts->connected ? FAILURE_STALLED : FAILURE_CONNECT_TIMEOUT;
}

static enum failure of_giving_up(const struct failure_facts *facts)
{
    if (!facts->stalled)
        return FAILURE_INTERRUPTED;
    return facts->connected ? FAILURE_STALLED : FAILURE_CONNECT_TIMEOUT;
}

static enum failure of_encryption(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CRL_BADFILE:
        return FAILURE_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
        return FAILURE_TLS;
    default:
        return FAILURE_INTERNAL;
    }
}

static enum failure of_answer(CURLcode code)
{
    switch (code) {
    case CURLE_GOT_NOTHING:
        return FAILURE_EMPTY;
    case CURLE_PARTIAL_FILE:
        return FAILURE_TRUNCATED;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return FAILURE_RESET;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
    case CURLE_QUIC_CONNECT_ERROR:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_RANGE_ERROR:
    case CURLE_BAD_DOWNLOAD_RESUME:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_CHUNK_FAILED:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
        return FAILURE_PROTOCOL;
    default:
        return of_encryption(code);
    }
}

/* libcurl has no code of its own for a CONNECT that was answered otherwise than by a tunnel. */
static bool is_refused_by_proxy(const struct failure_facts *facts)
{
    return (facts->code == CURLE_RECV_ERROR || facts->code == CURLE_COULDNT_CONNECT) &&
           facts->proxy_status != 0 && facts->proxy_status / 100 != 2;
}

enum failure failure_of(const struct failure_facts *facts)
{
    if (is_refused_by_proxy(facts))
        return FAILURE_PROXY;
    switch (facts->code) {
    case CURLE_OK:
        return facts->status >= 400 ? FAILURE_HTTP : FAILURE_NONE;
    case CURLE_UNSUPPORTED_PROTOCOL:
        /* Also an answer without any header, the protocol of before HTTP/1.0. */
        return facts->connected ? FAILURE_PROTOCOL : FAILURE_BAD_URL;
    case CURLE_URL_MALFORMAT:
        return FAILURE_BAD_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
        return FAILURE_RESOLVE;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_NO_CONNECTION_AVAILABLE:
        return of_connecting(facts->os_error);
    case CURLE_OPERATION_TIMEDOUT:
        return of_time(facts);
    case CURLE_ABORTED_BY_CALLBACK:
        return of_giving_up(facts);
    case CURLE_TOO_MANY_REDIRECTS:
        return FAILURE_REDIRECT_LOOP;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return FAILURE_PROXY;
    case CURLE_WRITE_ERROR:
        /* libcurl says so as well of a packed body that does not end where it should. */
        return facts->unwritten ? FAILURE_FILE : FAILURE_PROTOCOL;
    default:
        return of_answer(facts->code);
    }
}

const char *failure_word(enum failure failure)
{
    static const char *const words[FAILURE_KINDS] = {
        [FAILURE_NONE] = "",
        [FAILURE_HTTP] = "http",
        [FAILURE_BAD_URL] = "bad-url",
        [FAILURE_RESOLVE] = "resolve",
        [FAILURE_REFUSED] = "refused",
        [FAILURE_UNREACHABLE] = "unreachable",
        [FAILURE_CONNECT_TIMEOUT] = "connect-timeout",
        [FAILURE_TIMEOUT] = "timeout",
        [FAILURE_STALLED] = "stalled",
        [FAILURE_RESET] = "reset",
        [FAILURE_EMPTY] = "empty",
        [FAILURE_TRUNCATED] = "truncated",
        [FAILURE_REDIRECT_LOOP] = "redirect-loop",
        [FAILURE_CERTIFICATE] = "certificate",
        [FAILURE_TLS] = "tls",
        [FAILURE_PROXY] = "proxy",
        [FAILURE_PROTOCOL] = "protocol",
        [FAILURE_ROBOTS] = "robots",
        [FAILURE_FILE] = "file",
        [FAILURE_INTERRUPTED] = "interrupted",
        [FAILURE_INTERNAL] = "internal",
    };

    return words[failure];
}

static bool is_transient_status(long status)
{
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
           status == 504;
}

bool failure_is_transient(enum failure failure, long status)
{
    switch (failure) {
    case FAILURE_HTTP:
        return is_transient_status(status);
    case FAILURE_RESOLVE:
    case FAILURE_REFUSED:
    case FAILURE_UNREACHABLE:
    case FAILURE_CONNECT_TIMEOUT:
    case FAILURE_TIMEOUT:
    case FAILURE_STALLED:
    case FAILURE_RESET:
    case FAILURE_EMPTY:
    case FAILURE_TRUNCATED:
        return true;
    default:
        return false;
    }
}
