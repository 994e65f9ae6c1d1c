// What Swift sees of this library; nothing here allocates.
#pragma once
#include <microhttpd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

/// What `lagwarden_httpd_start` takes: the options that the exporter uses, with their C types.
struct lagwarden_httpd_settings {
  /// A bound, listening, non-blocking socket; the library owns it from the call on.
  int listen_socket;
  unsigned int threads;
  unsigned int connection_limit;
  /// 0: no limit for one address.
  unsigned int connection_limit_per_address;
  /// Seconds without a byte in either direction after which a connection is closed.
  unsigned int idle_timeout;
  /// Bytes a connection may use for its request line, its headers and its response header.
  size_t memory_limit;
  /// Handed to every callback below.
  void *context;
  void (*log)(void *context, const char *message);
  void *(*request_line)(void *context, const char *target, struct MHD_Connection *connection);
  MHD_AccessHandlerCallback handler;
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connection_changed;
};

/// Formats a message of the library, since Swift cannot name a callback that takes `va_list`.
static inline void lagwarden_httpd_log(void *settings, const char *format, va_list arguments) {
  const struct lagwarden_httpd_settings *s = settings;
  char message[512];
  vsnprintf(message, sizeof message, format, arguments);
  s->log(s->context, message);
}

/// The descriptor of a connection, -1 if the library does not tell; its function is variadic.
static inline int lagwarden_httpd_descriptor(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}

/// Starts a daemon with a pool of threads that poll; NULL when it could not. `MHD_start_daemon` is variadic,
/// which Swift cannot call.
static inline struct MHD_Daemon *lagwarden_httpd_start(const struct lagwarden_httpd_settings *s) {
  struct MHD_OptionItem items[] = {
      {MHD_OPTION_LISTEN_SOCKET, s->listen_socket, NULL},
      {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)s->threads, NULL},
      {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)s->connection_limit, NULL},
      {MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)s->connection_limit_per_address, NULL},
      {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)s->idle_timeout, NULL},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)s->memory_limit, NULL},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
      {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)s->request_line, s->context},
      {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)s->completed, s->context},
      {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)s->connection_changed, s->context},
      {MHD_OPTION_END, 0, NULL},
  };
  // WHY poll: with epoll, MHD_quiesce_daemon (0.9.75) removes the listener from the workers' sets while they
  // may be doing the same, and calls the loser's ENOENT a panic. A worker has a few hundred sockets at most.
  // The logger comes first so that it also hears complaints about the options.
  return MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL,
      s->handler, s->context, MHD_OPTION_EXTERNAL_LOGGER, lagwarden_httpd_log, s, MHD_OPTION_ARRAY, items,
      MHD_OPTION_END);
}
