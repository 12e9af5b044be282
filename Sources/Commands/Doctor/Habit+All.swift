extension Habit {
  /// The habits that are looked for; those with the most files come last.
  static let all = [
    vim, neovim, emacs, nano, less, shell, recentFiles, libreOffice, trash, indexes, thumbnails,
  ]

  private static let vim = Habit(
    "vim",
    hint: "in ~/.vimrc: set noswapfile viminfo= noundofile nobackup; then delete these files",
    Base.home.at(
      ".viminfo", ".vim/viminfo", ".vim/.viminfo", ".vim/swap", ".vim/.swp", ".vim/swapfiles",
      ".vim/undo", ".vim/.undo", ".vim/undodir", ".vim/backup", ".vim/.backup", ".vim/tmp",
      ".vim/view", ".vim/sessions", ".vim/.netrwhist"),
    Base.state.at("vim"), Base.cache.at("vim"), Base.config.at("vim/.netrwhist"))

  private static let neovim = Habit(
    "neovim",
    hint: "in init.vim: set noswapfile shada= noundofile nobackup; then delete these files",
    Base.state.at("nvim"), Base.cache.at("nvim/swap", "nvim/undo", "nvim/backup"),
    Base.data.at("nvim/swap", "nvim/undo", "nvim/shada", "nvim/backup", "nvim/view"))

  private static let emacs = Habit(
    "emacs",
    hint: "in init.el: (setq make-backup-files nil auto-save-default nil) (recentf-mode -1)",
    Base.home.at(
      ".emacs.d/recentf", ".emacs.d/places", ".emacs.d/history", ".emacs.d/auto-save-list",
      ".emacs.d/auto-saves", ".emacs.d/backups", ".emacs.d/backup"),
    Base.config.at(
      "emacs/recentf", "emacs/places", "emacs/history", "emacs/auto-save-list", "emacs/backups"))

  private static let nano = Habit(
    "nano", hint: "in ~/.nanorc: unset historylog, unset positionlog; then delete these files",
    Base.data.at("nano"), Base.home.at(".nano", ".nano_history"))

  private static let less = Habit(
    "less", hint: "export LESSHISTFILE=- in the shell's profile; then delete this file",
    Base.home.at(".lesshst"), Base.state.at("lesshst"), Base.data.at("lesshst"))

  static let shell = Habit(
    "shell",
    hint: "give words on standard input (--from -); a line typed with a blank before it is not "
      + "kept (bash: HISTCONTROL=ignorespace, zsh: setopt hist_ignore_space); delete these lines",
    Base.home.at(
      ".bash_history", ".zsh_history", ".zhistory", ".histfile", ".history", ".sh_history",
      ".ash_history", ".mksh_history", ".zsh/history", ".zsh/.zsh_history", manner: .history),
    Base.config.at("zsh/.zsh_history", manner: .history),
    Base.state.at("bash/history", "zsh/history", "bash_history", manner: .history),
    Base.data.at("fish/fish_history", "zsh/history", "bash/history", manner: .history))

  private static let recentFiles = Habit(
    "recent files",
    hint: "gsettings set org.gnome.desktop.privacy remember-recent-files false; "
      + "KDE: System Settings, Recent Files; then clear the list",
    Base.data.at(
      "recently-used.xbel", "RecentDocuments", "user-places.xbel", "okular/docdata",
      "kactivitymanagerd/resources"),
    Base.home.at(".recently-used.xbel", ".recently-used"), Base.config.at("gtk-3.0/bookmarks"))

  private static let libreOffice = Habit(
    "libreoffice",
    hint: "Tools, Options, Load/Save: no AutoRecovery and no backup copy; Advanced, Expert: "
      + "PickListSize 0; then empty the list and the folder backup",
    Base.config.at("libreoffice/*/user/registrymodifications.xcu"),
    Base.config.at("libreoffice/*/user/backup", manner: .copies),
    Base.home.at(
      ".var/app/org.libreoffice.LibreOffice/config/libreoffice/*/user/registrymodifications.xcu"),
    Base.home.at(
      ".var/app/org.libreoffice.LibreOffice/config/libreoffice/*/user/backup", manner: .copies))

  private static let trash = Habit(
    "trash", hint: "empty the trash; on a mount, delete instead of moving to the trash",
    Base.data.at("Trash/info"))

  private static let indexes = Habit(
    "index",
    hint: "leave the folder of the mount out of the search (GNOME: Settings, Search; KDE: "
      + "balooctl config add excludeFolders DIR); then reset the index",
    Base.cache.at("tracker3", "tracker", manner: .index), Base.data.at("tracker", manner: .index),
    Base.data.at("baloo", manner: .index))

  private static let thumbnails = Habit(
    "thumbnails",
    hint: "gsettings set org.gnome.desktop.thumbnailers disable-all true; KDE: Dolphin, "
      + "Previews; then empty ~/.cache/thumbnails",
    Base.cache.at("thumbnails"), Base.home.at(".thumbnails"))
}
